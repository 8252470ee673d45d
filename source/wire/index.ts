/*
The data plane. Object bytes never pass through an HTTP library: they go from a socket into one of two buffers of its connection, are lent to the consumer, and the buffer is read into again.
*/
import process from 'node:process';
import {createFastTransport} from './fast.ts';
import {parseOrigin} from './origin.ts';
import {type HttpProxy, proxyOf} from './proxy.ts';
import {createSecureContext} from './tls.ts';
import type {Transport, TransportOptions} from './transport.ts';

export type {TlsOptions, Transport, TransportOptions, WireAnswer, WireHead, WireRequest, WireTimeouts} from './transport.ts';

/** `node:http` costs 15 ms and 15 MiB to load: only who uses it pays. */
const createLater = (options: TransportOptions, proxy: HttpProxy | undefined): Transport => {
	if (options.tls && parseOrigin(options.origin).secure) {
		createSecureContext(options.tls); // What it refuses is said now, as by the fast one.
	}

	let loading: Promise<Transport> | undefined;
	let loaded: Transport | undefined;
	const load = async (): Promise<Transport> => {
		const {createCompatibleTransport} = await import('./compatible.ts');
		loaded = createCompatibleTransport(options, proxy);
		return loaded;
	};

	return {
		async request(request) {
			loading ??= load();
			return (await loading).request(request);
		},
		get connections() {
			return loaded?.connections ?? 0;
		},
		async close() {
			await loading?.then(
				transport => transport.close(),
				() => {},
			);
		},
	};
};

/**
Makes the transport to one origin. Opens no connection yet.

A proxy, and `SLUICE_TRANSPORT=compatible`, take `node:http`; all else takes sockets.

@throws {SluiceError} `INVALID_ARGUMENT` for an origin or proxy that is no URL of the right kind, and for `tls` text that cannot be read.
*/
export const createTransport = (options: TransportOptions): Transport => {
	const proxy = proxyOf(options.origin, options.proxy);
	const kind = options.kind ?? (process.env.SLUICE_TRANSPORT === 'compatible' ? 'compatible' : 'fast');
	return proxy || kind === 'compatible' ? createLater(options, proxy) : createFastTransport(options);
};
