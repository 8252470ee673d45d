/*
The memory that one connection is read into: two buffers, the second only when the consumer keeps the first.

While a consumer holds one region, the socket goes on filling what is left, and what has come is handed over as one chunk. A TLS socket still delivers what it has decrypted after it was told to stop (up to 64 KiB); `full` keeps that much in reserve, and if it is not enough the rest gets memory of its own.
*/
import {Buffer} from 'node:buffer';
import {KIB} from '../utils/sizes.ts';

/** Measured: 64 KiB halves the throughput of 256 KiB; 1 MiB adds a tenth to copies and a fifth to downloads. Only what is used of it takes memory. */
const bufferSize = 1024 * KIB;
const reserve = 64 * KIB;

/** A filled part of a buffer. */
export interface Region {
	readonly home: 0 | 1 | undefined; // None: memory of its own.
	readonly memory: Buffer;
	readonly start: number;
	end: number;
}

export class ReadBuffers {
	readonly #memory: [Buffer | undefined, Buffer | undefined] = [undefined, undefined];
	readonly #uses: [number, number] = [0, 0];
	#current: 0 | 1 = 0;
	#filled = 0;
	#overflow: Buffer | undefined;

	/** Where the next read goes. */
	next(): Buffer {
		const other = this.#current === 0 ? 1 : 0;
		this.#overflow = undefined;
		if (this.#uses[this.#current] === 0) {
			this.#filled = 0;
		} else if (bufferSize - this.#filled < reserve && this.#uses[other] === 0) {
			this.#current = other;
			this.#filled = 0;
		} else if (this.#filled === bufferSize) {
			this.#overflow = Buffer.allocUnsafeSlow(reserve);
			return this.#overflow;
		}

		const memory = this.#memory[this.#current] ?? Buffer.allocUnsafeSlow(bufferSize);
		this.#memory[this.#current] = memory;
		return this.#filled === 0 ? memory : memory.subarray(this.#filled);
	}

	/** The region that a read of this length has filled, joined to `before` when it follows it in memory. */
	take(length: number, before: Region | undefined): Region {
		if (this.#overflow) {
			return {home: undefined, memory: this.#overflow, start: 0, end: length};
		}

		const home = this.#current;
		const start = this.#filled;
		this.#filled += length;
		if (before?.home === home && before.end === start) {
			before.end = this.#filled;
			return before;
		}

		this.#uses[home]++;
		return {home, memory: this.#memory[home]!, start, end: this.#filled};
	}

	/** Gives a region back. */
	free({home}: Region): void {
		if (home !== undefined) {
			this.#uses[home]--;
		}
	}

	/** Nothing more should be read until a region is given back. */
	get full(): boolean {
		return bufferSize - this.#filled < reserve && this.#uses[0] > 0 && this.#uses[1] > 0;
	}
}
