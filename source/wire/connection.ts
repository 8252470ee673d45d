/*
One kept-alive connection: a socket, the two buffers it is read into, and the request that is under way on it.
*/
import {Buffer} from 'node:buffer';
import type {Socket} from 'node:net';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {KIB} from '../utils/sizes.ts';
import {AnswerReader} from './answer-reader.ts';
import {toLostError} from './errors.ts';
import {formatHead} from './request-head.ts';
import type {WireAnswer, WireRequest, WireTimeouts} from './transport.ts';

/** Measured: 64 KiB halves the throughput, from 256 KiB on it is flat. */
const bufferSize = 256 * KIB;

/** Thrown by `write` to end the sending of a body when the answer is there already. */
const answeredEarly = Symbol('answered early');

interface Exchange {
	readonly request: WireRequest;
	readonly reader: AnswerReader;
	readonly resolve: (answer: WireAnswer) => void;
	readonly reject: (error: unknown) => void;
}

export class Connection {
	/** Requests that it has carried. */
	exchanges = 0;
	/** Bytes of the current request's answer have come. */
	answered = false;
	/** Set by the pool: when it was last used, in milliseconds. */
	idleSince = 0;

	readonly #host: string;
	readonly #timeouts: WireTimeouts;
	readonly #onClose: () => void;
	readonly #buffers: [Buffer, Buffer] = [Buffer.allocUnsafeSlow(bufferSize), Buffer.allocUnsafeSlow(bufferSize)];
	#filling: 0 | 1 = 1;
	#socket: Socket | undefined;
	#exchange: Exchange | undefined;
	#lent = false; // A buffer is with the consumer.
	#waiting: Buffer | undefined; // The other buffer, filled meanwhile; reading has stopped.
	#failure: {readonly error: unknown} | undefined;
	#ended: {readonly error?: Error} | undefined; // The socket has ended under the exchange.
	#sending = false;
	#stop: unknown; // Why `write` must refuse.
	#unwritten: {readonly resolve: () => void; readonly reject: (error: unknown) => void} | undefined;
	#timeout = 0;
	#floorBytes = 0;
	#readingSinceCheck: AnswerReader | undefined;
	#lentMilliseconds = 0;

	constructor(host: string, timeouts: WireTimeouts, onClose: () => void) {
		this.#host = host;
		this.#timeouts = timeouts;
		this.#onClose = onClose;
	}

	/** The `onread` option of the socket that this connection will be given. */
	get onread() {
		return {
			buffer: () => {
				this.#filling ^= 1;
				return this.#buffers[this.#filling]!;
			},
			callback: (length: number, buffer: Uint8Array) => this.#onRead((buffer as Buffer).subarray(0, length)),
		};
	}

	/** Takes a connected socket that was made with `onread`. */
	attach(socket: Socket): void {
		this.#socket = socket;
		let failure: Error | undefined;
		socket.on('error', error => {
			failure = error;
		});
		socket.on('end', () => this.#onEnd());
		socket.on('close', () => {
			this.#onClose();
			this.#onEnd(failure);
		});
		socket.on('timeout', () => this.#onTimeout());
		socket.resume();
	}

	get closed(): boolean {
		return this.#socket === undefined || this.#socket.destroyed || this.#socket.readableEnded;
	}

	/** Whether an idle connection keeps the process alive. */
	hold(alive: boolean): void {
		if (alive) {
			this.#socket?.ref();
		} else {
			this.#socket?.unref();
		}
	}

	destroy(): void {
		this.#socket?.destroy();
	}

	/** Carries one request. Afterwards the connection is either free or destroyed. */
	async exchange(request: WireRequest): Promise<WireAnswer> {
		const head = formatHead(request, this.#host);
		this.exchanges++;
		this.answered = false;
		this.#ended = undefined;
		this.#stop = undefined;
		const reader = new AnswerReader(request);
		const reading = new Promise<WireAnswer>((resolve, reject) => {
			this.#exchange = {request, reader, resolve, reject};
		});

		const {signal, body} = request;
		const onAbort = () => this.#fail(cancelled(signal!));
		signal?.addEventListener('abort', onAbort, {once: true});
		try {
			if (signal?.aborted) {
				onAbort();
			} else if (body && body.size > 0) {
				reading.catch(() => {}); // Seen below, after the body has settled.
				await this.#send(head, body);
			} else {
				this.#socket!.write(head, 'latin1');
				this.#setTimeout(request.firstByteMilliseconds ?? this.#timeouts.firstByte);
			}

			return await reading;
		} finally {
			signal?.removeEventListener('abort', onAbort);
		}
	}

	/** Measures the answer under way against the floor; called by the pool every `timeouts.floor` milliseconds. */
	checkFloor(): void {
		const {floor, floorBytes} = this.#timeouts;
		const [bytes, lent] = [this.#floorBytes, this.#lentMilliseconds];
		this.#floorBytes = 0;
		this.#lentMilliseconds = 0;
		const reader = this.#exchange?.reader;
		// A window in which the request began, or in which the caller was the slow side, proves nothing.
		const wasReading = reader?.head !== undefined && this.#readingSinceCheck === reader;
		this.#readingSinceCheck = reader?.head ? reader : undefined;
		if (wasReading && !this.#lent && lent < floor / 2 && bytes < (floorBytes * floor) / 1000) {
			this.#fail(new SluiceError('TIMEOUT', `${this.#host} sent fewer than ${floorBytes} bytes a second for ${floor / 1000} s`));
		}
	}

	// Sending

	async #send(head: string, body: NonNullable<WireRequest['body']>): Promise<void> {
		const socket = this.#socket!;
		let sent = 0;
		this.#sending = true;
		this.#setTimeout(this.#timeouts.idle);
		try {
			await body.send(chunk => {
				if (sent + chunk.length > body.size) {
					throw new SluiceError('SOURCE_LONG', `The source gives more than its ${body.size} bytes`);
				}

				if (sent === 0 && chunk.length > 0 && this.#stop === undefined) {
					// The head goes out with the first chunk, in one write: two small ones would wait for each other.
					socket.cork();
					socket.write(head, 'latin1');
				}

				sent += chunk.length;
				return chunk.length > 0 ? this.#write(chunk) : undefined;
			});

			if (sent !== body.size && this.#stop === undefined) {
				throw new SluiceError('SOURCE_SHORT', `The source ends after ${sent} of its ${body.size} bytes`);
			}
		} catch (error) {
			if (error !== answeredEarly) {
				this.#fail(error, sent === 0);
			}
		} finally {
			this.#sending = false;
		}

		if (this.#exchange) {
			const {reader, request} = this.#exchange;
			if (sent !== body.size) {
				reader.closes = true;
			}

			this.#setTimeout(reader.head ? this.#timeouts.idle : (request.firstByteMilliseconds ?? this.#timeouts.firstByte));
			this.#settle();
		}
	}

	#write(chunk: Uint8Array): void | Promise<void> {
		if (this.#stop !== undefined) {
			throw this.#stop;
		}

		const socket = this.#socket!;
		socket.write(chunk, this.#onWritten);
		if (socket.writableCorked > 0) {
			socket.uncork();
		}

		// The kernel (or the TLS layer) has copied it all: the chunk is free at once.
		if (socket.writableLength === 0) {
			return;
		}

		return new Promise((resolve, reject) => {
			this.#unwritten = {resolve, reject};
		});
	}

	readonly #onWritten = (error?: Error | null): void => {
		if (this.#unwritten && !error && this.#socket!.writableLength === 0) {
			const {resolve} = this.#unwritten;
			this.#unwritten = undefined;
			resolve();
		}
	};

	#stopSending(reason: unknown): void {
		this.#stop ??= reason;
		if (this.#unwritten) {
			const {reject} = this.#unwritten;
			this.#unwritten = undefined;
			reject(reason);
		}
	}

	// Reading

	/** @returns Whether the socket may read into the other buffer. */
	#onRead(bytes: Buffer): boolean {
		if (!this.#exchange) {
			this.destroy(); // Nobody asked.
			return true;
		}

		this.answered = true;
		this.#floorBytes += bytes.length;
		if (this.#lent) {
			this.#waiting = bytes;
			return false;
		}

		this.#push(bytes);
		return true;
	}

	#push(bytes: Buffer): void {
		const {reader} = this.#exchange!;
		const headless = reader.head === undefined;
		try {
			const lent = reader.push(bytes);
			if (lent) {
				this.#lend(lent);
			}
		} catch (error) {
			this.#fail(error);
			return;
		}

		if (headless && reader.head) {
			this.#onHead(reader);
		}

		if (!this.#lent) {
			this.#settle();
		}
	}

	#onHead(reader: AnswerReader): void {
		if (this.#sending && reader.head!.status >= 300) {
			this.#stopSending(answeredEarly);
		}

		this.#setTimeout(this.#timeouts.idle);
	}

	#lend(lent: Promise<void>): void {
		this.#lent = true;
		const since = performance.now();
		const back = (): void => {
			this.#lent = false;
			this.#lentMilliseconds += performance.now() - since;
		};

		lent.then(
			() => {
				back();
				this.#resume();
			},
			error => {
				back();
				this.#fail(error);
				this.#settle();
			},
		);
	}

	/** Goes on after the consumer has given a buffer back. */
	#resume(): void {
		const bytes = this.#waiting;
		this.#waiting = undefined;
		if (bytes && this.#exchange && this.#failure === undefined) {
			this.#push(bytes);
			this.#socket!.resume();
		} else {
			this.#settle();
		}
	}

	// The end

	/** Ends the exchange with an error, the first one given. A `clean` connection has sent nothing of the request and stays open. */
	#fail(error: unknown, clean = false): void {
		if (!this.#exchange || this.#failure) {
			return;
		}

		this.#failure = {error};
		this.#waiting = undefined;
		if (!clean) {
			this.destroy();
		}

		this.#stopSending(error);
		this.#settle();
	}

	#onEnd(error?: Error): void {
		if (!this.#exchange) {
			this.destroy();
			return;
		}

		this.#ended ??= {error};
		this.#stopSending(toLostError(this.#host, error));
		this.#settle();
	}

	/** Settles the exchange when all that it uses is free: no buffer lent, no body being sent. */
	#settle(): void {
		const exchange = this.#exchange;
		if (!exchange || this.#lent) {
			return;
		}

		const {reader} = exchange;
		if (!this.#failure && !reader.done && !reader.cut) {
			if (!this.#ended) {
				return;
			}

			if (!reader.end()) {
				this.#failure = {error: this.#endError(reader)};
			}
		}

		if (this.#sending) {
			// An answer without an error ends the wait for it, too: `#send` comes back here.
			return;
		}

		this.#exchange = undefined;
		const failure = this.#failure;
		this.#failure = undefined;
		if (failure) {
			exchange.reject(failure.error);
			return;
		}

		if (reader.closes || reader.cut || this.#ended) {
			this.destroy();
		}

		exchange.resolve(reader.answer);
	}

	#endError(reader: AnswerReader): SluiceError {
		const error = this.#ended?.error;
		return reader.head && !error
			? new SluiceError('TRUNCATED', `${this.#host} closed the connection before the end of its answer`)
			: toLostError(this.#host, error);
	}

	// Time

	#setTimeout(milliseconds: number): void {
		if (milliseconds !== this.#timeout) {
			this.#timeout = milliseconds;
			this.#socket!.setTimeout(milliseconds);
		}
	}

	#onTimeout(): void {
		const exchange = this.#exchange;
		const callerIsSlow = this.#lent || (this.#sending && this.#socket!.writableLength === 0);
		if (!exchange || callerIsSlow) {
			this.#socket!.setTimeout(this.#timeout); // The timer of a socket goes off once.
			return;
		}

		const what = exchange.reader.head
			? 'went silent in the middle of its answer'
			: this.#sending
				? 'takes no more bytes'
				: 'does not answer';
		this.#fail(new SluiceError('TIMEOUT', `${this.#host} ${what} (${this.#timeout / 1000} s)`));
	}
}
