/*
Turns the bytes of one answer into a head and lent chunks of its body.
*/
import {Buffer} from 'node:buffer';
import {SluiceError} from '../contract/errors.ts';
import {KIB, MIB} from '../utils/sizes.ts';
import {type ChunkedDecoder, createChunkedDecoder} from './chunked.ts';
import {badResponse} from './errors.ts';
import {framingOf, parseHead} from './head.ts';
import type {WireAnswer, WireHead, WireRequest} from './transport.ts';

const headEnd = Buffer.from('\r\n\r\n');
const headMaximum = 64 * KIB;
const interimMaximum = 16;
const errorBodyMaximum = 64 * KIB;
const collectMaximum = 16 * MIB;
const empty = Buffer.alloc(0);

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
	#collected: Buffer[] = [];
	#collectedLength = 0;

	constructor(request: WireRequest) {
		this.#request = request;
	}

	get answer(): WireAnswer {
		const {status, headers} = this.head!;
		return {status, headers, body: this.#collected.length === 0 ? empty : Buffer.concat(this.#collected)};
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
		this.closes = framing.kind === 'close' || /\bclose\b/i.test(head.headers.connection ?? '');
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
		let at = from;
		while (at < bytes.length) {
			if (this.done) {
				throw new SluiceError('OVERLONG', 'The answer goes on past its end');
			}

			let start = at;
			if (this.#chunked) {
				const run = this.#chunked.next(bytes, at);
				start = run.dataStart;
				at = run.end;
			} else if (this.#untilClose) {
				at = bytes.length;
			} else {
				at = Math.min(bytes.length, at + this.#left);
				this.#left -= at - start;
			}

			const lent = at > start ? this.#deliver(start === 0 && at === bytes.length ? bytes : bytes.subarray(start, at)) : undefined;
			if (lent) {
				return this.#afterLent(lent, bytes, at);
			}

			this.#checkDone();
		}
	}

	async #afterLent(lent: Promise<void>, bytes: Buffer, at: number): Promise<void> {
		await lent;
		this.#checkDone();
		await this.#pushBody(bytes, at);
	}

	#checkDone(): void {
		this.done = this.#chunked ? this.#chunked.done : !this.#untilClose && this.#left === 0;
	}

	#deliver(chunk: Buffer): void | Promise<void> {
		if (this.#consume) {
			return this.#consume(chunk);
		}

		const good = this.head!.status < 300;
		const room = (good ? (this.#request.collectMaximum ?? collectMaximum) : errorBodyMaximum) - this.#collectedLength;
		if (chunk.length > room) {
			if (good) {
				throw new SluiceError('LIMIT_EXCEEDED', 'The answer is larger than any that is expected here');
			}

			this.cut = true;
		}

		const kept = Buffer.from(chunk.subarray(0, room));
		this.#collected.push(kept);
		this.#collectedLength += kept.length;
	}
}
