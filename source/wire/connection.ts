/*
One kept-alive connection: a socket, the buffers it is read into, and the request that is under way on it.
*/
import {Buffer} from 'node:buffer';
import type {Socket} from 'node:net';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {KIB} from '../utils/sizes.ts';
import {AnswerReader} from './answer-reader.ts';
import {toLostError} from './errors.ts';
import {FloorMeter, toFloorError} from './floor-meter.ts';
import {ReadBuffers, type Region} from './read-buffers.ts';
import {formatHead} from './request-head.ts';
import type {WireAnswer, WireRequest, WireTimeouts} from './transport.ts';

/** Up to this size the first chunk of a body is copied behind the head. */
const joinMaximum = 16 * KIB;

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
	readonly #buffers = new ReadBuffers();
	#joined: Buffer | undefined; // Room for a head and a small body.
	readonly #floor: FloorMeter;
	#socket: Socket | undefined;
	#exchange: Exchange | undefined;
	#lent = false; // A region is with the consumer.
	readonly #waiting: Region[] = []; // What was read meanwhile.
	#paused = false;
	#failure: {readonly error: unknown} | undefined;
	#ended: {readonly error?: Error} | undefined; // The socket has ended under the exchange.
	#sending = false;
	#begun = false; // Something of the request has been written.
	#stop: unknown; // Why `write` must refuse.
	#unwritten: {readonly resolve: () => void; readonly reject: (error: unknown) => void} | undefined;
	#timeout = 0;
	#headDue = 0; // When the head of the answer must be there.

	constructor(host: string, timeouts: WireTimeouts, onClose: () => void) {
		this.#host = host;
		this.#timeouts = timeouts;
		this.#floor = new FloorMeter(timeouts);
		this.#onClose = onClose;
	}

	/** The `onread` option of the socket that this connection will be given. */
	get onread() {
		return {
			buffer: () => this.#buffers.next(),
			callback: (length: number) => this.#onRead(length),
		};
	}

	/** Takes a connected socket that was made with `onread`. */
	attach(socket: Socket): void {
		this.#socket = socket;
		let failure: Error | undefined;
		socket.on('error', error => {
			failure = error;
			socket.destroy(); // A TLS socket with a bad record does not do so itself.
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

	/** It broke without a byte of an answer: when it had been idle before, the server may never have seen the request. */
	get lostUnanswered(): boolean {
		return this.#ended !== undefined && !this.answered;
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
		this.#begun = false;
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
				this.#begun = true;
				this.#socket!.write(head, 'latin1');
				this.#awaitHead(request);
			}

			return await reading;
		} finally {
			signal?.removeEventListener('abort', onAbort);
		}
	}

	/** Measures the answer under way against the floor; called by the pool every `timeouts.floor` milliseconds. */
	checkFloor(): void {
		const reader = this.#exchange?.reader;
		if (this.#floor.isBelow(reader?.measured ? reader : undefined, this.#sending || this.#lent)) {
			this.#fail(toFloorError(this.#host, this.#timeouts));
		}
	}

	// Sending

	async #send(head: string, body: NonNullable<WireRequest['body']>): Promise<void> {
		let sent = 0;
		this.#sending = true;
		this.#setTimeout(this.#timeouts.idle);
		try {
			await body.send(chunk => {
				if (sent + chunk.length > body.size) {
					throw new SluiceError('SOURCE_LONG', `The source gives more than its ${body.size} bytes`);
				}

				sent += chunk.length;
				return chunk.length > 0 ? this.#write(this.#begun ? chunk : this.#begin(head, chunk)) : undefined;
			});

			if (sent !== body.size && this.#stop === undefined) {
				throw new SluiceError('SOURCE_SHORT', `The source ends after ${sent} of its ${body.size} bytes`);
			}
		} catch (error) {
			// What a stopped source makes of it does not matter when the answer is there.
			if (this.#stop !== answeredEarly) {
				this.#fail(error, !this.#begun);
			}
		} finally {
			this.#sending = false;
		}

		if (this.#exchange) {
			const {reader, request} = this.#exchange;
			if (sent !== body.size) {
				reader.closes = true;
			}

			if (!reader.head) {
				this.#awaitHead(request);
			}

			this.#settle();
		}
	}

	/**
	The head goes out with the first chunk, in one write: two small ones would wait for each other.

	@returns What is to be written. A small body is joined to its head, which costs less than a write of two buffers.
	*/
	#begin(head: string, chunk: Uint8Array): Uint8Array {
		if (this.#stop !== undefined) {
			return chunk; // It will be refused.
		}

		this.#begun = true;
		if (head.length + chunk.length <= joinMaximum) {
			const joined = this.#joined ?? Buffer.allocUnsafeSlow(joinMaximum);
			this.#joined = joined;
			joined.write(head, 'latin1');
			joined.set(chunk, head.length);
			return joined.subarray(0, head.length + chunk.length);
		}

		this.#socket!.cork();
		this.#socket!.write(head, 'latin1');
		return chunk;
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

		this.#joined = undefined; // Should it be on its way, it is not ours yet.
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

	/** @returns Whether the socket may read on. */
	#onRead(length: number): boolean {
		const before = this.#waiting.at(-1);
		const region = this.#buffers.take(length, before);
		if (!this.#begun || !this.#exchange || this.#failure) {
			this.#buffers.free(region);
			this.destroy(); // Nobody asked (it would be taken for the answer to the next request), or nobody wants it any more.
			return false;
		}

		this.answered = true;
		this.#floor.bytes += length;
		if (region !== before) {
			this.#waiting.push(region);
		}

		this.#pushWaiting();
		this.#paused = this.#lent && this.#buffers.full;
		return !this.#paused;
	}

	/** Hands on what was read until the consumer keeps a region. */
	#pushWaiting(): void {
		while (!this.#lent && !this.#failure && this.#exchange && this.#waiting.length > 0) {
			this.#push(this.#waiting.shift()!);
		}
	}

	#push(region: Region): void {
		const {reader} = this.#exchange!;
		const headless = reader.head === undefined;
		try {
			const {memory, start, end} = region;
			const lent = reader.push(start === 0 && end === memory.length ? memory : memory.subarray(start, end));
			if (lent) {
				this.#lend(lent, region);
			} else {
				this.#buffers.free(region);
			}
		} catch (error) {
			this.#buffers.free(region);
			this.#fail(error);
			return;
		}

		if (headless && reader.head) {
			this.#onHead(reader);
		} else if (headless && !this.#sending && performance.now() > this.#headDue) {
			this.#onTimeout(); // It drips.
		}

		if (!this.#lent) {
			this.#settle();
		}
	}

	#onHead(reader: AnswerReader): void {
		if (this.#sending && reader.head!.status >= 300) {
			reader.closes = true; // The rest of the body is not sent, and a lent chunk may be in the socket still.
			this.#stopSending(answeredEarly);
		}

		this.#setTimeout(this.#timeouts.idle);
	}

	#lend(lent: Promise<void>, region: Region): void {
		this.#lent = true;
		const since = performance.now();
		const back = (): void => {
			this.#lent = false;
			const held = performance.now() - since;
			this.#floor.lentMilliseconds += held;
			if (held > this.#timeout / 8) {
				this.#socket!.setTimeout(this.#timeout); // That time was not the server's.
			}

			this.#buffers.free(region);
		};

		lent.then(
			() => {
				back();
				this.#pushWaiting();
				if (this.#paused && !this.#buffers.full) {
					this.#paused = false;
					this.#socket!.resume();
				}

				this.#settle();
			},
			error => {
				back();
				this.#fail(error);
				this.#settle();
			},
		);
	}

	// The end

	/** Ends the exchange with an error, the first one given. A `clean` connection has sent nothing of the request and stays open. */
	#fail(error: unknown, clean = false): void {
		if (!this.#exchange || this.#failure) {
			return;
		}

		this.#failure = {error};
		this.#forget();
		if (!clean) {
			this.destroy();
		}

		this.#stopSending(error);
		this.#settle();
	}

	#forget(): void {
		for (const region of this.#waiting.splice(0)) {
			this.#buffers.free(region);
		}
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
			if (!this.#ended || this.#waiting.length > 0) {
				return;
			}

			if (this.#ended.error || !reader.end()) {
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

		if (reader.closes || reader.cut || this.#ended || this.#waiting.length > 0) {
			this.#forget();
			this.destroy();
		}

		exchange.resolve(reader.answer);
	}

	#endError(reader: AnswerReader): SluiceError {
		const error = this.#ended?.error;
		return reader.head
			? new SluiceError('TRUNCATED', `${this.#host} closed the connection before the end of its answer`, {cause: error})
			: toLostError(this.#host, error);
	}

	// Time

	#setTimeout(milliseconds: number): void {
		if (milliseconds !== this.#timeout) {
			this.#timeout = milliseconds;
			this.#socket!.setTimeout(milliseconds);
		}
	}

	#awaitHead({firstByteMilliseconds = this.#timeouts.firstByte}: WireRequest): void {
		this.#headDue = performance.now() + firstByteMilliseconds;
		this.#setTimeout(firstByteMilliseconds);
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
