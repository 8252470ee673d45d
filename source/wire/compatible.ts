/*
The same interface over `node:http`: for proxies, as the way out when a server does something that the fast transport refuses, and as the oracle of its tests. Slower: each chunk is a buffer of its own, and goes through streams.
*/
import http from 'node:http';
import https from 'node:https';
import type {Duplex} from 'node:stream';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {KIB} from '../utils/sizes.ts';
import {CompatibleExchange} from './compatible-exchange.ts';
import {type Origin, parseOrigin, serverName} from './origin.ts';
import {type HttpProxy, proxyError} from './proxy.ts';
import {checkRequest, isRepeatable, ownHeadersRemoved} from './request-head.ts';
import {createSecureContext} from './tls.ts';
import {defaultTimeouts, type Transport, type TransportOptions, type WireRequest, type WireTimeouts} from './transport.ts';
import {openTunnel} from './tunnel.ts';

const createAgent = (options: TransportOptions, origin: Origin, proxy: HttpProxy | undefined, timeouts: WireTimeouts): http.Agent => {
	const shared = {
		keepAlive: true,
		maxSockets: options.connections ?? 64,
		noDelay: true,
		timeout: options.keepAliveMilliseconds ?? 15_000, // Of an unused connection; a request sets its own.
	};
	// Said always, so that `NODE_TLS_REJECT_UNAUTHORIZED=0` turns nothing off.
	const rejectUnauthorized = options.tls?.insecureSkipVerify !== true;
	if (!origin.secure) {
		return proxy?.secure
			? new https.Agent({
					...shared,
					secureContext: createSecureContext({ca: options.tls?.ca}),
					rejectUnauthorized,
					servername: serverName(proxy.hostname),
				})
			: new http.Agent(shared);
	}

	const secureContext = createSecureContext(options.tls);
	const agent = new https.Agent({...shared, secureContext, rejectUnauthorized, servername: serverName(origin.hostname)});
	if (proxy) {
		const proxyContext = proxy.secure ? createSecureContext({ca: options.tls?.ca}) : undefined;
		// `Agent.createConnection` may hand its socket over later, by callback.
		agent.createConnection = (_options, callback): Duplex | undefined => {
			openTunnel({origin, proxy, secureContext, proxyContext, rejectUnauthorized, milliseconds: timeouts.connect}).then(
				socket => callback?.(null, socket),
				error => callback?.(error, undefined as never),
			);
			return undefined;
		};
	}

	return agent;
};

export const createCompatibleTransport = (options: TransportOptions, proxy?: HttpProxy): Transport => {
	const origin = parseOrigin(options.origin);
	const timeouts = {...defaultTimeouts, ...options.timeouts};
	const agent = createAgent(options, origin, proxy, timeouts);
	let closing = false;
	const keepSocketAlive = agent.keepSocketAlive.bind(agent);
	agent.keepSocketAlive = socket => (closing ? false : keepSocketAlive(socket));
	const forward = proxy && !origin.secure ? proxy : undefined;
	const {request} = (forward ?? origin).secure ? https : http;

	const destroyIdle = (): void => {
		for (const socket of Object.values(agent.freeSockets).flat()) {
			socket?.destroy();
		}
	};

	const begin = (wanted: WireRequest): CompatibleExchange => {
		const {method, path, headers, body} = wanted;
		const length = body?.size ?? (method === 'PUT' || method === 'POST' ? 0 : undefined);
		const message = request({
			agent,
			method,
			host: forward?.hostname ?? origin.hostname,
			port: forward?.port ?? origin.port,
			path: forward ? `http://${origin.host}${path}` : path,
			lookup: options.lookup,
			maxHeaderSize: 64 * KIB,
			headers: {
				host: headers.host ?? origin.host,
				'accept-encoding': 'identity',
				...Object.fromEntries(ownHeadersRemoved(headers)),
				...(length !== undefined && {'content-length': length}),
				...(forward?.authorization && {'proxy-authorization': forward.authorization}),
			},
		});
		return new CompatibleExchange(message, wanted, forward ? `the proxy ${forward.hostname}` : origin.host, timeouts);
	};

	const exchange = async (wanted: WireRequest) => {
		const first = begin(wanted);
		try {
			return await first.run();
		} catch (error) {
			if (!first.stale || !isRepeatable(wanted) || wanted.signal?.aborted) {
				throw error;
			}
		}

		destroyIdle(); // They are as old.
		return begin(wanted).run();
	};

	return {
		async request(wanted) {
			if (wanted.signal?.aborted) {
				throw cancelled(wanted.signal);
			}

			checkRequest(wanted);
			if (!forward) {
				return exchange(wanted);
			}

			try {
				const answer = await exchange(wanted);
				if (answer.status === 407) {
					throw new SluiceError('PROXY_FAILED', `The proxy ${forward.hostname} answers 407`, {status: 407, retry: 'never'});
				}

				return answer;
			} catch (error) {
				throw proxyError(error, forward);
			}
		},
		get connections() {
			return [...Object.values(agent.sockets), ...Object.values(agent.freeSockets)].flat().filter(socket => !socket?.destroyed).length;
		},
		async close() {
			closing = true;
			destroyIdle();
		},
	};
};
