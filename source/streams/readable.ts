import {Buffer} from 'node:buffer';
import {Readable} from 'node:stream';
import {type Consume, cancelled, SluiceError} from '../contract/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import {KIB} from '../utils/sizes.ts';

/** Reads bytes into `consume` until it is done or the signal is aborted. */
export type LentRead = (consume: Consume, signal?: AbortSignal) => Promise<unknown>;

/** Size of a copied chunk: blocks of this size come from memory that was freed before, larger ones are fresh, a third slower. */
const sliceSize = 64 * KIB;

/** A chunk of one's own with the bytes of a lent one. */
export const ownCopy = (chunk: Uint8Array): Buffer<ArrayBuffer> => {
	const copy = Buffer.allocUnsafeSlow(chunk.length);
	copy.set(chunk);
	return copy;
};

const destroyed = (error: Error | null): Error => error ?? new SluiceError('CANCELLED', 'The stream was destroyed');

export interface ObjectReadableOptions {
	/** How much is read ahead, in bytes. Default 64 KiB. */
	readonly highWaterMark?: number;
	/** Destroys the stream with a `CANCELLED` error. */
	readonly signal?: AbortSignal;
}

/**
A Node.js stream over a lent read, which begins when the stream is first read from.

Each lent chunk is copied once, for a stream's chunks are kept by others. While the consumer is slow the lent read waits; `destroy` aborts it at once, and `close` comes when its connection is free.
*/
export class ObjectReadable extends Readable {
	readonly #read: LentRead;
	readonly #controller = new AbortController();
	#reading?: Promise<void>;
	readonly #unfollow: () => void;
	#resume?: () => void;

	constructor(read: LentRead, {highWaterMark = 64 * KIB, signal}: ObjectReadableOptions = {}) {
		super({highWaterMark});
		this.#read = read;
		this.#unfollow = onAbort(signal, () => this.destroy(cancelled(signal!)));
	}

	override _read(): void {
		if (this.#reading) {
			this.#resume?.();
		} else {
			this.#reading = this.#start();
		}
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#unfollow?.(); // Absent when the signal was aborted before the stream was made.
		this.#controller.abort(destroyed(error));
		this.#resume?.();
		Promise.resolve(this.#reading).then(() => callback(error));
	}

	async #start(): Promise<void> {
		await null; // Who stops the read at its first chunk must find its promise.
		try {
			await this.#read(chunk => this.#take(chunk), this.#controller.signal);
			this.push(null);
		} catch (error) {
			// Not awaited: `_destroy` waits for this promise.
			this.destroy(error as Error);
		}
	}

	#take(chunk: Uint8Array): void | Promise<void> {
		if (this.#controller.signal.aborted) {
			throw this.#controller.signal.reason;
		}

		let wantsMore = true;
		for (let offset = 0; offset < chunk.length; offset += sliceSize) {
			wantsMore = this.push(ownCopy(chunk.subarray(offset, offset + sliceSize)));
		}

		if (!wantsMore) {
			return this.#wait();
		}
	}

	async #wait(): Promise<void> {
		await new Promise<void>(resolve => {
			this.#resume = resolve;
		});
		this.#resume = undefined;
		this.#controller.signal.throwIfAborted();
	}
}
