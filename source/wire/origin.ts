import {isIP} from 'node:net';
import {SluiceError} from '../contract/errors.ts';

export interface Origin {
	readonly secure: boolean;
	/** Name or address to connect to, an IPv6 address without brackets. */
	readonly hostname: string;
	readonly port: number;
	/** For the `host` header: with the port unless it is the scheme's own. */
	readonly host: string;
}

/** Reads `http://host:port` or `https://host:port`; anything more is refused, since it would be dropped silently. */
export const parseOrigin = (text: string): Origin => {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const plain =
		url && (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password && !url.search && !url.hash;
	if (!plain || url.pathname !== '/' || !url.hostname) {
		throw new SluiceError('INVALID_ARGUMENT', 'An origin is `http://HOST[:PORT]` or `https://HOST[:PORT]` and nothing more');
	}

	const secure = url.protocol === 'https:';
	return {
		secure,
		hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
		port: Number(url.port) || (secure ? 443 : 80),
		host: url.host,
	};
};

/** The name for SNI: addresses have none. */
export const serverName = (hostname: string): string => (isIP(hostname) ? '' : hostname);
