/*
Proxies as curl and Node.js know them: `HTTPS_PROXY`, `HTTP_PROXY` (lower case wins), `NO_PROXY` with host names, domain suffixes, `host:port` and `*`.
*/
import {Buffer} from 'node:buffer';
import process from 'node:process';
import {SluiceError} from '../contract/errors.ts';
import {parseOrigin} from './origin.ts';

export interface HttpProxy {
	readonly secure: boolean;
	readonly hostname: string;
	readonly port: number;
	/** Value of `proxy-authorization`. */
	readonly authorization?: string;
}

const variable = (name: string): string | undefined => process.env[name.toLowerCase()] || process.env[name] || undefined;

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** Whether `NO_PROXY` takes a host out. Loopback is always out: a proxy cannot reach this machine. */
const isExempt = (hostname: string, port: number): boolean => {
	if (loopback.test(hostname)) {
		return true;
	}

	return (variable('NO_PROXY') ?? '')
		.split(/[\s,]+/)
		.filter(Boolean)
		.some(entry => {
			const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase())!;
			const suffix = name.replace(/^\*?\.?/, '');
			return name === '*' || ((!only || Number(only) === port) && (hostname === suffix || hostname.endsWith(`.${suffix}`)));
		});
};

/** The proxy for an origin; `undefined`: go straight. */
export const proxyOf = (originText: string, option?: string | false): HttpProxy | undefined => {
	const origin = parseOrigin(originText);
	const fromEnvironment = option === undefined;
	const text = fromEnvironment ? variable(origin.secure ? 'HTTPS_PROXY' : 'HTTP_PROXY') : option;
	if (!text || (fromEnvironment && isExempt(origin.hostname, origin.port))) {
		return undefined;
	}

	const spelled = text.includes('://') ? text : `http://${text}`;
	const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
	if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || !url.hostname) {
		throw new SluiceError(
			'INVALID_ARGUMENT',
			'The proxy is no `http://HOST:PORT` or `https://HOST:PORT` URL: check `proxy`, HTTPS_PROXY and HTTP_PROXY',
		);
	}

	const secure = url.protocol === 'https:';
	const account = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
	return {
		secure,
		hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
		port: Number(url.port) || (secure ? 443 : 80),
		...(account !== ':' && {authorization: `Basic ${Buffer.from(account).toString('base64')}`}),
	};
};
