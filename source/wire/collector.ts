/*
The bytes of an answer that nobody consumes: an error body, a listing.
*/
import {Buffer} from 'node:buffer';
import {SluiceError} from '../contract/errors.ts';
import {KIB, MIB} from '../utils/sizes.ts';

const errorMaximum = 64 * KIB;
const goodMaximum = 16 * MIB;

/** Keeps copies in one buffer that doubles: a million tiny chunks cost no more memory than their bytes, and no length claimed by a server is believed. */
export class Collector {
	readonly #good: boolean;
	readonly #maximum: number;
	#memory: Buffer = Buffer.alloc(0);
	#length = 0;

	/** @param maximum - Of a good answer; an error body is cut at 64 KiB. */
	constructor(good: boolean, maximum = goodMaximum) {
		this.#good = good;
		this.#maximum = good ? maximum : errorMaximum;
	}

	/**
	@returns Whether all of it was kept; `false`: this and the rest of an error body are of no use.
	@throws {SluiceError} `LIMIT_EXCEEDED` for a good answer that is over its limit.
	*/
	add(chunk: Uint8Array): boolean {
		const fits = chunk.length <= this.#maximum - this.#length;
		if (!fits && this.#good) {
			throw new SluiceError('LIMIT_EXCEEDED', 'The answer is larger than any that is expected here');
		}

		const kept = fits ? chunk : chunk.subarray(0, this.#maximum - this.#length);
		const length = this.#length + kept.length;
		if (length > this.#memory.length) {
			const larger = Buffer.allocUnsafe(Math.max(length, Math.min(2 * this.#memory.length, this.#maximum)));
			larger.set(this.bytes);
			this.#memory = larger;
		}

		this.#memory.set(kept, this.#length);
		this.#length = length;
		return fits;
	}

	get bytes(): Buffer {
		return this.#memory.subarray(0, this.#length);
	}
}
