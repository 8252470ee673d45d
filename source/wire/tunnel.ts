import http from 'node:http';
import https from 'node:https';
import type {Duplex} from 'node:stream';
import tls from 'node:tls';
import {SluiceError} from '../contract/errors.ts';
import {connectTimeout, toConnectError} from './errors.ts';
import {type Origin, serverName} from './origin.ts';
import {type HttpProxy, proxyError} from './proxy.ts';

export interface TunnelOptions {
	readonly origin: Origin;
	readonly proxy: HttpProxy;
	readonly secureContext: tls.SecureContext;
	/** For a proxy that is spoken to over TLS itself. */
	readonly proxyContext: tls.SecureContext | undefined;
	readonly rejectUnauthorized: boolean;
	readonly milliseconds: number;
}

/** Asks a proxy for a connection to the origin (`CONNECT`), and makes the TLS handshake with the origin through it. */
export const openTunnel = ({
	origin,
	proxy,
	secureContext,
	proxyContext,
	rejectUnauthorized,
	milliseconds,
}: TunnelOptions): Promise<Duplex> =>
	new Promise((resolve, reject) => {
		const target = `${origin.hostname.includes(':') ? `[${origin.hostname}]` : origin.hostname}:${origin.port}`;
		const request = (proxy.secure ? https : http).request({
			method: 'CONNECT',
			host: proxy.hostname,
			port: proxy.port,
			path: target,
			agent: false,
			...(proxy.secure && {secureContext: proxyContext, rejectUnauthorized, servername: serverName(proxy.hostname)}),
			headers: {host: target, ...(proxy.authorization && {'proxy-authorization': proxy.authorization})},
		});
		let secured: tls.TLSSocket | undefined;
		const timer = setTimeout(() => fail(connectTimeout(`${origin.host} through the proxy`, milliseconds)), milliseconds);
		const fail = (error: unknown): void => {
			clearTimeout(timer);
			request.destroy();
			secured?.destroy();
			reject(error);
		};

		request.on('error', error => fail(proxyError(toConnectError(error, `the proxy ${proxy.hostname}`, false), proxy)));
		request.on('connect', (answer, socket, rest) => {
			if (answer.statusCode !== 200 || rest.length > 0) {
				socket.destroy();
				const retry = answer.statusCode! >= 500 ? 'transient' : 'never';
				fail(new SluiceError('PROXY_FAILED', `The proxy answers ${answer.statusCode} to CONNECT`, {status: answer.statusCode, retry}));
				return;
			}

			secured = tls.connect({socket, secureContext, rejectUnauthorized, servername: serverName(origin.hostname), host: origin.hostname});
			secured.once('error', error => fail(toConnectError(error, origin.host, true)));
			secured.once('secureConnect', () => {
				clearTimeout(timer);
				secured!.removeAllListeners('error');
				resolve(secured!);
			});
		});
		request.end();
	});
