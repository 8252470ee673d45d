import http from 'node:http';
import https from 'node:https';
import type {Duplex} from 'node:stream';
import tls from 'node:tls';
import {SluiceError} from '../contract/errors.ts';
import {connectTimeout, toConnectError} from './errors.ts';
import {type Origin, serverName} from './origin.ts';
import type {HttpProxy} from './proxy.ts';

/** Asks a proxy for a connection to the origin (`CONNECT`), and makes the TLS handshake with the origin through it. */
export const openTunnel = (origin: Origin, proxy: HttpProxy, settings: tls.ConnectionOptions, milliseconds: number): Promise<Duplex> =>
	new Promise((resolve, reject) => {
		const target = `${origin.hostname.includes(':') ? `[${origin.hostname}]` : origin.hostname}:${origin.port}`;
		const request = (proxy.secure ? https : http).request({
			method: 'CONNECT',
			host: proxy.hostname,
			port: proxy.port,
			path: target,
			agent: false,
			headers: {host: target, ...(proxy.authorization && {'proxy-authorization': proxy.authorization})},
		});
		let secured: tls.TLSSocket | undefined;
		const timer = setTimeout(() => fail(connectTimeout(`${origin.host} through the proxy`, milliseconds)), milliseconds);
		const fail = (error: Error): void => {
			clearTimeout(timer);
			request.destroy();
			secured?.destroy();
			reject(error);
		};

		request.on('error', error => fail(new SluiceError('PROXY_FAILED', `No connection to the proxy ${proxy.hostname}`, {cause: error})));
		request.on('response', answer => fail(new SluiceError('PROXY_FAILED', `The proxy answers ${answer.statusCode} to CONNECT`)));
		request.on('connect', (answer, socket, rest) => {
			if (answer.statusCode !== 200 || rest.length > 0) {
				socket.destroy();
				const retry = answer.statusCode! >= 500 ? 'transient' : 'never';
				fail(new SluiceError('PROXY_FAILED', `The proxy answers ${answer.statusCode} to CONNECT`, {status: answer.statusCode, retry}));
				return;
			}

			secured = tls.connect({...settings, socket, servername: serverName(origin.hostname), host: origin.hostname});
			secured.once('error', error => fail(toConnectError(error, origin.host, true)));
			secured.once('secureConnect', () => {
				clearTimeout(timer);
				secured!.removeAllListeners('error');
				resolve(secured!);
			});
		});
		request.end();
	});
