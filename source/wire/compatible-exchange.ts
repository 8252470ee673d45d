import type http from 'node:http';
import type {Socket} from 'node:net';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {Collector} from './collector.ts';
import {badResponse, connectTimeout, toConnectError, toLostError} from './errors.ts';
import {FloorMeter, toFloorError} from './floor-meter.ts';
import {framingOf} from './head.ts';
import type {WireAnswer, WireHead, WireRequest, WireTimeouts} from './transport.ts';

const interimMaximum = 16;
const answeredEarly = Symbol('answered early');

const toHead = (message: http.IncomingMessage): WireHead => {
	const headers: Record<string, string | undefined> = Object.create(null);
	for (let index = 0; index < message.rawHeaders.length; index += 2) {
		const name = message.rawHeaders[index]!.toLowerCase();
		const value = message.rawHeaders[index + 1]!;
		headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
	}

	return {status: message.statusCode!, headers};
};

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');
const isShaking = (socket: Socket): boolean => 'secureConnecting' in socket && socket.secureConnecting === true;

/** One request of `node:http` and its answer. Lives as long as they do. */
export class CompatibleExchange {
	readonly #host: string;
	readonly #timeouts: WireTimeouts;
	readonly #request: WireRequest;
	readonly #message: http.ClientRequest;
	readonly #floor: FloorMeter;
	#failure: {readonly error: unknown} | undefined;
	#rejectAnswer: (error: unknown) => void = () => {};
	#connectTimer: NodeJS.Timeout | undefined;
	#headTimer: NodeJS.Timeout | undefined;
	#sent = false;
	#connected = false;
	#shaking = false;
	#bytesBefore = 0; // What the socket had read for earlier requests.
	#lost = false;
	#socket: Socket | undefined;
	#broken: Error | undefined; // What befell the connection once the answer had begun.
	#answer: http.IncomingMessage | undefined;
	#lent = false;
	#sending = false;
	#stop: unknown;

	constructor(message: http.ClientRequest, request: WireRequest, host: string, timeouts: WireTimeouts) {
		this.#message = message;
		this.#request = request;
		this.#host = host;
		this.#timeouts = timeouts;
		this.#floor = new FloorMeter(timeouts);
	}

	/** The server closed a kept-alive connection just as the request was on its way. */
	get stale(): boolean {
		return this.#lost && this.#message.reusedSocket && this.#socket?.bytesRead === this.#bytesBefore;
	}

	async run(): Promise<WireAnswer> {
		const {signal} = this.#request;
		const {floor} = this.#timeouts;
		const onAbort = () => this.#fail(cancelled(signal!));
		signal?.addEventListener('abort', onAbort, {once: true});
		const floorTimer = floor > 0 ? setInterval(() => this.#checkFloor(), floor).unref() : undefined;
		const answering = this.#listen();
		try {
			const [sent, answered] = await Promise.allSettled([this.#send(), answering]);
			if (this.#failure) {
				throw this.#failure.error;
			}

			if (answered.status === 'rejected') {
				throw answered.reason;
			}

			if (sent.status === 'rejected') {
				this.#destroy(); // Answered early: the rest of the request was not sent.
			}

			return answered.value;
		} finally {
			clearTimeout(this.#connectTimer);
			clearTimeout(this.#headTimer);
			this.#socket?.off('timeout', this.#onTimeout);
			clearInterval(floorTimer);
			signal?.removeEventListener('abort', onAbort);
		}
	}

	/** Ends the exchange with an error, the first one given. A chunk that the consumer holds is waited for. */
	#fail(error: unknown): void {
		this.#failure ??= {error};
		this.#stop ??= error;
		this.#destroy();
		this.#message.emit('sluice:stop');
		if (!this.#answer) {
			this.#rejectAnswer(this.#failure.error);
		}
	}

	/** `ClientRequest.destroy` alone may still give the socket to the next request. After the end of the answer it is with that already. */
	#destroy(): void {
		this.#message.destroy();
		if (!this.#answer?.readableEnded) {
			this.#socket?.destroy();
		}
	}

	// Sending

	async #send(): Promise<void> {
		const {body} = this.#request;
		if (body && body.size > 0) {
			this.#sending = true;
			try {
				await this.#sendBody(body);
			} catch (error) {
				// What a stopped source makes of it does not matter when the answer is there.
				if (this.#stop !== answeredEarly) {
					this.#fail(error);
				}

				throw error;
			} finally {
				this.#sending = false;
			}
		}

		this.#message.end();
		this.#sent = true;
		this.#awaitHead();
	}

	async #sendBody({size, send}: NonNullable<WireRequest['body']>): Promise<void> {
		let sent = 0;
		await send(chunk => {
			if (this.#stop !== undefined) {
				throw this.#stop;
			}

			sent += chunk.length;
			if (sent > size) {
				throw new SluiceError('SOURCE_LONG', `The source gives more than its ${size} bytes`);
			}

			return chunk.length > 0 ? this.#write(chunk) : undefined;
		});
		if (sent !== size) {
			throw this.#stop ?? new SluiceError('SOURCE_SHORT', `The source ends after ${sent} of its ${size} bytes`);
		}
	}

	#write(chunk: Uint8Array): Promise<void> {
		const message = this.#message;
		return new Promise((resolve, reject) => {
			const onStop = () => settle(this.#stop ?? toLostError(this.#host));
			const settle = (error?: unknown): void => {
				message.off('close', onStop);
				message.off('sluice:stop', onStop);
				if (error) {
					reject(error);
				} else {
					resolve();
				}
			};

			message.once('close', onStop);
			message.once('sluice:stop', onStop);
			message.write(chunk, error => settle(error ? (this.#stop ?? toLostError(this.#host, error)) : undefined));
		});
	}

	// Reading

	#listen(): Promise<WireAnswer> {
		const message = this.#message;
		let interim = 0;
		return new Promise((resolve, reject) => {
			this.#rejectAnswer = reject;
			message.on('socket', socket => this.#onSocket(socket));
			message.on('error', error => this.#onError(error));
			message.on('close', () => {
				if (!this.#answer) {
					this.#onError(new Error('closed'));
				}
			});
			message.on('information', ({statusCode}) => {
				interim++;
				if (interim > interimMaximum) {
					this.#fail(badResponse('The answer has an interim status that was not asked for', String(statusCode)));
				}
			});
			message.on('upgrade', (_answer, socket) => {
				socket.destroy();
				this.#fail(badResponse('The answer has an interim status that was not asked for', '101'));
			});
			message.on('response', answer => {
				this.#answer = answer;
				clearTimeout(this.#headTimer);
				this.#restartIdle();
				this.#read(answer).then(resolve, reject);
			});
		});
	}

	#onSocket(socket: Socket): void {
		const onReady = () => {
			clearTimeout(this.#connectTimer);
			this.#connected = true;
			this.#restartIdle();
			this.#awaitHead();
		};

		this.#socket = socket;
		socket.on('timeout', this.#onTimeout);
		this.#bytesBefore = socket.bytesRead;
		if (!socket.connecting && !isShaking(socket)) {
			onReady();
			return;
		}

		const {connect} = this.#timeouts;
		this.#connectTimer = setTimeout(() => this.#fail(connectTimeout(this.#host, connect)), connect);
		const secure = isShaking(socket);
		socket.once('connect', () => {
			this.#shaking = secure;
		});
		socket.once(secure ? 'secureConnect' : 'connect', onReady);
	}

	#onError(error: Error): void {
		const parsing = codeOf(error).startsWith('HPE_');
		if (this.#answer && !parsing) {
			this.#broken ??= error;
			return; // The body's own reader sees it, and may have all that it needs.
		}

		if (!this.#failure && !parsing && this.#connected) {
			this.#lost = true;
		}

		this.#fail(this.#errorOf(error));
	}

	#errorOf(error: Error): SluiceError {
		const code = codeOf(error);
		if (error instanceof SluiceError) {
			return error;
		}

		if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
			return new SluiceError('LIMIT_EXCEEDED', 'The answer has more than 64 KiB of headers, or an endless line', {cause: error});
		}

		if (code.startsWith('HPE_')) {
			return this.#answer?.complete
				? new SluiceError('OVERLONG', 'The answer goes on past its end', {cause: error})
				: new SluiceError('BAD_RESPONSE', 'The answer is not HTTP/1.1 as it must be', {cause: error});
		}

		return this.#connected ? toLostError(this.#host, error) : toConnectError(error, this.#host, this.#shaking);
	}

	async #read(answer: http.IncomingMessage): Promise<WireAnswer> {
		const head = toHead(answer);
		try {
			return {...head, body: await this.#readBody(answer, head)};
		} catch (error) {
			this.#fail(error);
			throw error;
		}
	}

	async #readBody(answer: http.IncomingMessage, head: WireHead): Promise<Uint8Array> {
		if (answer.httpVersion !== '1.1') {
			throw badResponse('The answer does not begin as HTTP/1.1', `HTTP/${answer.httpVersion}`);
		}

		if (head.status < 200 || head.status > 599) {
			throw badResponse('The answer has a status that there is not', String(head.status));
		}

		const framing = framingOf(this.#request.method, head);
		this.#request.onHead?.(head);
		const good = head.status < 300;
		if (!good && this.#sending) {
			this.#stop ??= answeredEarly;
			this.#message.emit('sluice:stop');
		}

		const consume = good ? this.#request.consume : undefined;
		const collector = new Collector(good, this.#request.collectMaximum);
		for await (const chunk of this.#chunksOf(answer)) {
			this.#floor.bytes += chunk.length;
			if (consume) {
				await this.#lend(consume(chunk));
			} else if (!collector.add(chunk)) {
				this.#destroy();
				break;
			}
		}

		if (framing.kind === 'close' && this.#broken) {
			throw this.#truncated(this.#broken);
		}

		return collector.bytes;
	}

	async #lend(lent: void | Promise<void>): Promise<void> {
		const since = performance.now();
		this.#lent = true;
		try {
			await lent;
		} finally {
			const held = performance.now() - since;
			this.#lent = false;
			this.#floor.lentMilliseconds += held;
			if (held > this.#timeouts.idle / 8) {
				this.#restartIdle(); // That time was not the server's.
			}
		}
	}

	async *#chunksOf(answer: http.IncomingMessage): AsyncGenerator<Buffer> {
		try {
			yield* answer as AsyncIterable<Buffer>;
		} catch (error) {
			throw this.#failure ? this.#failure.error : this.#truncated(error);
		}
	}

	#truncated(cause: unknown): SluiceError {
		return new SluiceError('TRUNCATED', `${this.#host} closed the connection before the end of its answer`, {cause});
	}

	// Time

	#awaitHead(): void {
		if (!this.#answer && this.#connected && this.#sent) {
			const {firstByteMilliseconds = this.#timeouts.firstByte} = this.#request;
			const onTimeout = () => this.#fail(new SluiceError('TIMEOUT', `${this.#host} does not answer (${firstByteMilliseconds / 1000} s)`));
			this.#headTimer = setTimeout(onTimeout, firstByteMilliseconds);
		}
	}

	/** On the socket itself: the timer of a `ClientRequest` goes off once and never again. */
	#restartIdle(): void {
		if (!this.#answer?.readableEnded) {
			this.#socket?.setTimeout(this.#timeouts.idle);
		}
	}

	readonly #onTimeout = (): void => {
		if (!this.#connected || (this.#sent && !this.#answer) || this.#answer?.readableEnded) {
			return; // These waits have timers of their own, or the socket is free again.
		}

		if (this.#lent || (this.#sending && this.#message.writableLength === 0)) {
			this.#restartIdle();
		} else {
			this.#fail(new SluiceError('TIMEOUT', `${this.#host} was silent for too long`));
		}
	};

	#checkFloor(): void {
		const answer = this.#answer;
		const isMeasured = answer && (this.#request.consume !== undefined || answer.statusCode! >= 300);
		if (this.#floor.isBelow(isMeasured ? answer : undefined, this.#sending || this.#lent)) {
			this.#fail(toFloorError(this.#host, this.#timeouts));
		}
	}
}
