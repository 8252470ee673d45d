/*
Proxies as curl and Node.js know them: `HTTPS_PROXY`, `HTTP_PROXY` (lower case wins), `NO_PROXY` with host names, domain suffixes, `host:port` and `*`.
*/
import {Buffer} from 'node:buffer';
import process from 'node:process';
import type {ErrorCode} from '../contract/errors.ts';
import {SluiceError} from '../contract/errors.ts';
import {parseOrigin} from './origin.ts';

export interface HttpProxy {
	readonly secure: boolean;
	readonly hostname: string;
	readonly port: number;
	/** Value of `proxy-authorization`. */
	readonly authorization?: string;
}

const connectCodes: ReadonlySet<ErrorCode> = new Set([
	'CONNECT_FAILED',
	'CONNECT_TIMEOUT',
	'HOST_NOT_FOUND',
	'TLS_UNTRUSTED',
	'TLS_FAILED',
]);

/** A failure to reach the proxy said as such, since the user would look at the origin; anything else as it is. */
export const proxyError = (error: unknown, {hostname}: HttpProxy): unknown =>
	error instanceof SluiceError && connectCodes.has(error.code)
		? new SluiceError('PROXY_FAILED', `No connection to the proxy ${hostname}: ${error.message}`, {cause: error, retry: error.retry})
		: error;

const variable = (name: string): string | undefined => process.env[name.toLowerCase()] || process.env[name] || undefined;

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** Whether `NO_PROXY` takes a host out. Loopback is always out: a proxy cannot reach this machine. */
const isExempt = (hostname: string, port: number): boolean => {
	if (loopback.test(hostname)) {
		return true;
	}

	return (variable('NO_PROXY') ?? '')
		.toLowerCase()
		.split(/[\s,]+/)
		.filter(Boolean)
		.some(entry => {
			// An IPv6 address has colons of its own; with a port it has brackets.
			const [, bracketed, plain = entry, only] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
			const name = bracketed ?? plain;
			const suffix = name.replace(/^\*?\.?/, '');
			return name === '*' || ((!only || Number(only) === port) && (hostname === suffix || hostname.endsWith(`.${suffix}`)));
		});
};

/** A password may have a per cent sign that nobody encoded. */
const decode = (text: string): string =>
	text.replaceAll(/(?:%[\da-f]{2})+/gi, encoded => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString());

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
	const account = `${decode(url.username)}:${decode(url.password)}`;
	return {
		secure,
		hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
		port: Number(url.port) || (secure ? 443 : 80),
		...(account !== ':' && {authorization: `Basic ${Buffer.from(account).toString('base64')}`}),
	};
};
