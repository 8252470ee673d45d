import net from 'node:net';
import tls from 'node:tls';
import {cancelled} from '../contract/errors.ts';
import type {Connection} from './connection.ts';
import {connectTimeout, toConnectError} from './errors.ts';
import {type Origin, serverName} from './origin.ts';
import type {TransportOptions} from './transport.ts';

export interface DialOptions {
	readonly origin: Origin;
	readonly milliseconds: number;
	readonly lookup?: TransportOptions['lookup'];
	readonly secureContext?: tls.SecureContext;
	readonly rejectUnauthorized: boolean;
	readonly signal?: AbortSignal;
}

/**
Opens the socket of a connection, TLS handshake included. Several addresses of a host are tried in turn (`autoSelectFamily`).
*/
export const dial = (connection: Connection, options: DialOptions): Promise<void> => {
	const {origin, milliseconds, lookup, secureContext, rejectUnauthorized, signal} = options;
	const tcp = {host: origin.hostname, port: origin.port, lookup, onread: connection.onread, noDelay: true, autoSelectFamily: true};
	return new Promise((resolve, reject) => {
		const socket = origin.secure
			? tls.connect({...tcp, servername: serverName(origin.hostname), ALPNProtocols: ['http/1.1'], secureContext, rejectUnauthorized})
			: net.connect(tcp);

		let shaking = false;
		const settle = (error?: Error): void => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', onAbort);
			socket.off('error', onError);
			if (error) {
				socket.on('error', () => {}); // What may still come after the first one.
				socket.destroy();
				reject(error);
				return;
			}

			socket.setNoDelay(true); // `tls.connect` does not hand the option on.
			connection.attach(socket);
			resolve();
		};

		const onError = (error: Error): void => settle(toConnectError(error, origin.host, shaking));
		const onAbort = (): void => settle(cancelled(signal!));
		const timer = setTimeout(() => settle(connectTimeout(origin.host, milliseconds)), milliseconds);
		socket.on('error', onError);
		socket.once('connect', () => {
			shaking = origin.secure;
		});
		socket.once(origin.secure ? 'secureConnect' : 'connect', () => settle());
		signal?.addEventListener('abort', onAbort, {once: true});
	});
};
