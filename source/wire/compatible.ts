/*
The same interface over `node:http`: for proxies, as the way out when a server does something that the fast transport refuses, and as the oracle of its tests. Slower: each chunk is a buffer of its own, and goes through streams.
*/
import {Buffer} from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import type {Duplex} from 'node:stream';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {KIB, MIB} from '../utils/sizes.ts';
import {badResponse, connectTimeout, toConnectError, toLostError} from './errors.ts';
import {type Origin, parseOrigin, serverName} from './origin.ts';
import type {HttpProxy} from './proxy.ts';
import {checkRequest} from './request-head.ts';
import {tlsSettings} from './tls.ts';
import {
	defaultTimeouts,
	type Transport,
	type TransportOptions,
	type WireAnswer,
	type WireHead,
	type WireRequest,
	type WireTimeouts,
} from './transport.ts';
import {openTunnel} from './tunnel.ts';

const errorBodyMaximum = 64 * KIB;
const answeredEarly = Symbol('answered early');

const createAgent = (options: TransportOptions, origin: Origin, proxy: HttpProxy | undefined, timeouts: WireTimeouts): http.Agent => {
	const settings = tlsSettings(options.tls);
	const shared = {keepAlive: true, maxSockets: options.connections ?? 64, noDelay: true};
	if (!origin.secure) {
		return new http.Agent(shared);
	}

	const agent = new https.Agent({...shared, ...settings, servername: serverName(origin.hostname)});
	if (proxy) {
		// `Agent.createConnection` may hand its socket over later, by callback.
		agent.createConnection = (_options, callback): Duplex | undefined => {
			openTunnel(origin, proxy, settings, timeouts.connect).then(
				socket => callback?.(null, socket),
				error => callback?.(error, undefined as never),
			);
			return undefined;
		};
	}

	return agent;
};

const toHead = (message: http.IncomingMessage): WireHead => {
	const headers: Record<string, string | undefined> = Object.create(null);
	for (let index = 0; index < message.rawHeaders.length; index += 2) {
		const name = message.rawHeaders[index]!.toLowerCase();
		const value = message.rawHeaders[index + 1]!;
		headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
	}

	return {status: message.statusCode!, headers};
};

/** One request and its answer. Lives as long as they do. */
class Exchange {
	readonly #host: string;
	readonly #timeouts: WireTimeouts;
	readonly #request: WireRequest;
	readonly #message: http.ClientRequest;
	#failure: {readonly error: unknown} | undefined;
	#lent = false;
	#stop: unknown;
	#sending = false;

	constructor(message: http.ClientRequest, request: WireRequest, host: string, timeouts: WireTimeouts) {
		this.#message = message;
		this.#request = request;
		this.#host = host;
		this.#timeouts = timeouts;
	}

	async run(): Promise<WireAnswer> {
		const {signal} = this.#request;
		const onAbort = () => this.#fail(cancelled(signal!));
		signal?.addEventListener('abort', onAbort, {once: true});
		const connectTimer = setTimeout(() => this.#fail(connectTimeout(this.#host, this.#timeouts.connect)), this.#timeouts.connect);
		const answering = this.#answer(() => clearTimeout(connectTimer));
		answering.catch(() => {});
		try {
			const [sent] = await Promise.allSettled([this.#send(), answering]);
			if (this.#failure) {
				throw this.#failure.error;
			}

			if (sent.status === 'rejected' && sent.reason !== answeredEarly) {
				throw sent.reason;
			}

			return await answering;
		} finally {
			clearTimeout(connectTimer);
			signal?.removeEventListener('abort', onAbort);
			if (this.#failure || this.#stop !== undefined) {
				this.#message.destroy();
			}
		}
	}

	#fail(error: unknown): void {
		this.#failure ??= {error};
		this.#stop ??= error;
		this.#message.destroy();
	}

	async #send(): Promise<void> {
		const {body} = this.#request;
		if (!body || body.size === 0) {
			this.#message.end();
			return;
		}

		let sent = 0;
		this.#sending = true;
		try {
			await body.send(chunk => {
				if (this.#stop !== undefined) {
					throw this.#stop;
				}

				sent += chunk.length;
				if (sent > body.size) {
					throw new SluiceError('SOURCE_LONG', `The source gives more than its ${body.size} bytes`);
				}

				return this.#write(chunk);
			});
			if (sent !== body.size && this.#stop === undefined) {
				throw new SluiceError('SOURCE_SHORT', `The source ends after ${sent} of its ${body.size} bytes`);
			}

			this.#message.end();
		} catch (error) {
			if (error !== answeredEarly) {
				this.#fail(error);
			}

			throw error;
		} finally {
			this.#sending = false;
		}
	}

	#write(chunk: Uint8Array): Promise<void> {
		return new Promise((resolve, reject) => {
			const settle = (error?: unknown): void => {
				this.#message.off('close', onClose);
				this.#message.off('sluice:stop', onClose);
				if (error) {
					reject(error);
				} else {
					resolve();
				}
			};

			const onClose = () => settle(this.#stop ?? toLostError(this.#host));
			this.#message.once('close', onClose);
			this.#message.once('sluice:stop', onClose);
			this.#message.write(chunk, error => settle(error ? (this.#stop ?? toLostError(this.#host, error)) : undefined));
		});
	}

	#answer(onConnected: () => void): Promise<WireAnswer> {
		const message = this.#message;
		let connected = false;
		let interim = 0;
		let responded = false;
		return new Promise((resolve, reject) => {
			message.on('socket', socket => {
				const ready = () => {
					connected = true;
					onConnected();
					message.setTimeout(this.#timeouts.idle);
				};

				if (socket.connecting || ('secureConnecting' in socket && socket.secureConnecting)) {
					socket.once('secureConnecting' in socket ? 'secureConnect' : 'connect', ready);
				} else {
					ready();
				}
			});
			message.on('timeout', () => {
				if (this.#lent || (this.#sending && message.writableLength === 0)) {
					message.setTimeout(this.#timeouts.idle);
				} else {
					this.#fail(new SluiceError('TIMEOUT', `${this.#host} was silent for too long`));
				}
			});
			message.on('information', ({statusCode}) => {
				interim++;
				if (interim > 16) {
					this.#fail(badResponse('The answer has an interim status that was not asked for', String(statusCode)));
				}
			});
			message.on('upgrade', (_answer, socket) => {
				socket.destroy();
				this.#fail(badResponse('The answer has an interim status that was not asked for', '101'));
				reject(this.#failure!.error);
			});
			message.on('error', error => {
				this.#fail(this.#errorOf(error, connected));
				reject(this.#failure!.error);
			});
			message.on('close', () => {
				if (!responded) {
					this.#fail(toLostError(this.#host));
					reject(this.#failure!.error);
				}
			});
			message.on('response', answer => {
				responded = true;
				message.setTimeout(this.#timeouts.idle);
				this.#read(answer).then(resolve, reject);
			});
		});
	}

	#errorOf(error: Error, connected: boolean): SluiceError {
		if (error instanceof SluiceError) {
			return error;
		}

		const code = 'code' in error ? String(error.code) : '';
		if (code === 'HPE_HEADER_OVERFLOW') {
			return new SluiceError('LIMIT_EXCEEDED', 'The answer has more than 64 KiB of headers', {cause: error});
		}

		if (code.startsWith('HPE_')) {
			return new SluiceError('BAD_RESPONSE', 'The answer is not HTTP/1.1 as it must be', {cause: error});
		}

		return connected ? toLostError(this.#host, error) : toConnectError(error, this.#host, 'encrypted' in (this.#message.socket ?? {}));
	}

	async #read(answer: http.IncomingMessage): Promise<WireAnswer> {
		const head = toHead(answer);
		const collected: Buffer[] = [];
		let length = 0;
		try {
			if (answer.httpVersion !== '1.1') {
				throw badResponse('The answer does not begin as HTTP/1.1', `HTTP/${answer.httpVersion}`);
			}

			this.#request.onHead?.(head);
			const good = head.status < 300;
			if (!good && this.#sending) {
				this.#stop ??= answeredEarly;
				this.#message.emit('sluice:stop');
			}

			const consume = good ? this.#request.consume : undefined;
			const maximum = good ? (this.#request.collectMaximum ?? 16 * MIB) : errorBodyMaximum;
			for await (const chunk of answer as AsyncIterable<Buffer>) {
				if (consume) {
					this.#lent = true;
					await consume(chunk);
					this.#lent = false;
					continue;
				}

				collected.push(chunk.subarray(0, maximum - length));
				length += chunk.length;
				if (length > maximum) {
					if (good) {
						throw new SluiceError('LIMIT_EXCEEDED', 'The answer is larger than any that is expected here');
					}

					this.#message.destroy();
					break;
				}
			}
		} catch (error) {
			this.#lent = false;
			const broken =
				error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
			const parsing = error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');
			this.#fail(
				broken ? (answer.complete ? toLostError(this.#host, error) : this.#truncated(error)) : parsing ? this.#errorOf(error, true) : error,
			);
			throw this.#failure!.error;
		}

		return {...head, body: Buffer.concat(collected)};
	}

	#truncated(error: Error): SluiceError {
		return new SluiceError('TRUNCATED', `${this.#host} closed the connection before the end of its answer`, {cause: error});
	}
}

export const createCompatibleTransport = (options: TransportOptions, proxy?: HttpProxy): Transport => {
	const origin = parseOrigin(options.origin);
	const timeouts = {...defaultTimeouts, ...options.timeouts};
	const agent = createAgent(options, origin, proxy, timeouts);
	const {request} = origin.secure ? https : http;
	const forward = proxy && !origin.secure ? proxy : undefined;

	return {
		async request(wanted) {
			if (wanted.signal?.aborted) {
				throw cancelled(wanted.signal);
			}

			checkRequest(wanted);
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
					host: origin.host,
					'accept-encoding': 'identity',
					...headers,
					...(length !== undefined && {'content-length': length}),
					...(forward?.authorization && {'proxy-authorization': forward.authorization}),
				},
			});
			return new Exchange(message, wanted, origin.host, timeouts).run();
		},
		get connections() {
			return [...Object.values(agent.sockets), ...Object.values(agent.freeSockets)].flat().length;
		},
		async close() {
			for (const socket of Object.values(agent.freeSockets).flat()) {
				socket?.destroy();
			}
		},
	};
};
