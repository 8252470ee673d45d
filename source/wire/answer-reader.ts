/*
Turns the bytes of one answer into a head and lent chunks of its body.
*/
import {Buffer} from 'node:buffer';
import {SluiceError} from '../contract/errors.ts';
import {KIB} from '../utils/sizes.ts';
import {type ChunkedDecoder, createChunkedDecoder} from './chunked.ts';
import {Collector} from './collector.ts';
import {badResponse} from './errors.ts';
import {checkHeadStart, framingOf, parseHead} from './head.ts';
import type {WireAnswer, WireHead, WireRequest} from './transport.ts';

const headEnd = Buffer.from('\r\n\r\n');
const headMaximum = 64 * KIB;
const interimMaximum = 16;

export class AnswerReader {
	/** The head of the final answer, once it is there. */
	head: WireHead | undefined;
	/** The whole answer has been read and consumed. */
	done = false;
	/** The answer is over only when the connection ends, or the server wants to close it. */
	closes = false;
	/** The rest of the body is not wanted: an error body over its limit. */
	cut = false;

	readonly #request: WireRequest;
	#unparsed: Buffer | undefined; // The beginning of a head that came in pieces.
	#interim = 0;
	#left = 0; // Of a body with a length.
	#chunked: ChunkedDecoder | undefined;
	#untilClose = false;
	#consume: WireRequest['consume'];
	#collector: Collector | undefined; // Made when there is something to collect.
	#at = 0; // How far the bytes of the current `push` have been read.

	constructor(request: WireRequest) {
		this.#request = request;
	}

	get answer(): WireAnswer {
		const {status, headers} = this.head!;
		return {status, headers, body: this.#collector?.bytes ?? Buffer.alloc(0)};
	}

	/** Somebody waits for every byte: an object or an error, not an answer that a server may drip to say that it is still busy. */
	get measured(): boolean {
		return this.head !== undefined && (this.#consume !== undefined || this.head.status >= 300);
	}

	/** Reads bytes. They are free again when it returns, or when the promise that it returns settles. */
	push(bytes: Buffer): void | Promise<void> {
		if (this.head) {
			return this.#pushBody(bytes, 0);
		}

		const joined = this.#unparsed ? Buffer.concat([this.#unparsed, bytes]) : bytes;
		this.#unparsed = undefined;
		let at = 0;
		while (!this.head) {
			const end = joined.indexOf(headEnd, at);
			if ((end === -1 ? joined.length : end) - at > headMaximum) {
				throw new SluiceError('LIMIT_EXCEEDED', 'The answer has more than 64 KiB of headers');
			}

			if (end === -1) {
				checkHeadStart(joined.toString('latin1', at));
				this.#unparsed = Buffer.from(joined.subarray(at));
				return;
			}

			this.#onHead(parseHead(joined.toString('latin1', at, end)));
			at = end + headEnd.length;
		}

		return this.#pushBody(joined, at);
	}

	/** The connection has ended. @returns Whether that completes the answer. */
	end(): boolean {
		if (this.head && this.#untilClose) {
			this.done = true;
		}

		return this.done;
	}

	#onHead(head: WireHead): void {
		if (head.status < 200) {
			this.#interim++;
			if (head.status === 101 || this.#interim > interimMaximum) {
				throw badResponse('The answer has an interim status that was not asked for', String(head.status));
			}

			return;
		}

		const framing = framingOf(this.#request.method, head);
		this.head = head;
		this.#request.onHead?.(head);
		this.#consume = head.status < 300 ? this.#request.consume : undefined;
		this.closes =
			framing.kind === 'close' ||
			(this.#request.method === 'HEAD' && head.headers['transfer-encoding'] !== undefined) ||
			/\bclose\b/i.test(head.headers.connection ?? '');
		if (framing.kind === 'length') {
			this.#left = framing.length;
			this.done = framing.length === 0;
		} else if (framing.kind === 'chunked') {
			this.#chunked = createChunkedDecoder();
		} else {
			this.#untilClose = true;
		}
	}

	#pushBody(bytes: Buffer, from: number): void | Promise<void> {
		this.#at = from;
		const lent = this.#pushUntilLent(bytes);
		return lent && this.#pushRest(lent, bytes);
	}

	async #pushRest(first: Promise<void>, bytes: Buffer): Promise<void> {
		for (let lent: void | Promise<void> = first; lent; lent = this.#pushUntilLent(bytes)) {
			await lent;
			this.#checkDone();
		}
	}

	/** Reads on until the consumer keeps a chunk. */
	#pushUntilLent(bytes: Buffer): void | Promise<void> {
		while (this.#at < bytes.length) {
			if (this.done && this.#request.method === 'HEAD') {
				this.closes = true; // Some servers send a body, or the end of a chunked one, all the same.
				return;
			}

			if (this.done) {
				throw new SluiceError('OVERLONG', 'The answer goes on past its end');
			}

			let start = this.#at;
			let end = bytes.length;
			if (this.#chunked) {
				const run = this.#chunked.next(bytes, start);
				start = run.dataStart;
				end = run.end;
			} else if (!this.#untilClose) {
				end = Math.min(end, start + this.#left);
				this.#left -= end - start;
			}

			this.#at = end;
			const lent = end > start ? this.#deliver(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)) : undefined;
			if (lent) {
				return lent;
			}

			this.#checkDone();
		}
	}

	#checkDone(): void {
		this.done = this.#chunked ? this.#chunked.done : !this.#untilClose && this.#left === 0;
	}

	#deliver(chunk: Buffer): void | Promise<void> {
		if (this.#consume) {
			return this.#consume(chunk);
		}

		this.#collector ??= new Collector(this.head!.status < 300, this.#request.collectMaximum);
		if (!this.#collector.add(chunk)) {
			this.cut = true;
		}
	}
}
