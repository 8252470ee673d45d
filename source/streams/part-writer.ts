import {Buffer} from 'node:buffer';
import {cancelled, type Driver, type ObjectInfo, SluiceError, type WriteCallOptions} from '../contract/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import {KIB} from '../utils/sizes.ts';
import {bodyOf} from './bodies.ts';
import {type MemoryBudget, processBudget} from './memory-budget.ts';
import {defaultPartSize, type PartSizes, planPartSizes} from './part-sizes.ts';
import {PartUpload} from './part-upload.ts';

/** Parts in flight unless the caller asks for another number. */
export const defaultConcurrency = 4;

/** Smallest buffer for an object of known size; sizes above it are powers of two, so that buffers are used again. */
const smallestBuffer = 64 * KIB;

export interface PartWriterOptions {
	readonly driver: Driver;
	readonly key: string;
	readonly options?: Omit<WriteCallOptions, 'signal' | 'size'>;
	/** Where part buffers come from. Default: the budget of the process. */
	readonly budget?: MemoryBudget;
	/** Least part size in bytes. Default 8 MiB. */
	readonly partSize?: number;
	/** Most parts in flight. Default 4. */
	readonly concurrency?: number;
	/** Size of the object in bytes, when it is known; another number of bytes is an error. */
	readonly size?: number;
	/** Told how many bytes were sent so far. What it throws fails the upload. */
	readonly onProgress?: (bytes: number) => void;
	readonly signal?: AbortSignal;
}

/**
Writes an object of any length from bytes that arrive one after the other.

The caller fills `space()` from its start, says how much with `filled()`, and ends with `finish()` or `abort()`, one call at a time. Parts go out while the next one fills. Memory: `concurrency + 1` parts at most.

An object that fits one part is written by one `put`. Nothing is visible before `finish` has resolved.
*/
export interface PartWriter {
	/**
	Memory for the next bytes, at once unless all buffers are in flight. Rejects as soon as the upload has failed.

	It belongs to the writer and is valid until `filled`, `finish` or `abort` is called.
	*/
	space(): Uint8Array | Promise<Uint8Array>;
	/** Says that so many bytes were put at the start of the last `space()`. Never waits. */
	filled(count: number): void;
	/**
	Sends the rest and makes the object visible. When it rejects, everything is cleaned up.

	@throws {SluiceError} `SOURCE_SHORT`, `SOURCE_LONG`, `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`, what the provider says; `leftover` holds the token of an upload that could not be aborted.
	*/
	finish(): Promise<ObjectInfo>;
	/**
	Gives up: nothing is stored. Must be called after an error of `space()` too, for it gives the buffers back. Resolves when everything is cleaned up; never rejects.

	@param reason - The error of the upload, if it has none yet. Default: a `CANCELLED` one.
	*/
	abort(reason?: unknown): Promise<void>;
	/** Aborted when the upload fails, with its error as the reason: for those who wait for bytes meanwhile. */
	readonly signal: AbortSignal;
	/** CRC32C of all bytes, as an unsigned number, once `finish` has resolved. */
	readonly crc32c: number | undefined;
}

interface PartBuffer {
	readonly buffer: Buffer;
	/** How much of it the part may use. */
	readonly length: number;
}

/** A provider without parts: one buffer that takes the whole object. */
const onePart = (putMaximum: number, memory: number, size: number | undefined, wanted: number): PartSizes => {
	const largest = Math.min(size ?? wanted, putMaximum, memory);
	if (size !== undefined && size > largest) {
		const limit = largest === memory ? 'the memory limit allows: raise `memory`' : 'the provider takes in one request';
		throw new SluiceError('INVALID_ARGUMENT', `${size} bytes are more than the ${largest} that ${limit}`);
	}

	return {sizeOf: () => largest, largest};
};

/** Size of the buffer for the next part when at most `bytes` follow. */
const bufferSize = (bytes: number, partSize: number): number =>
	bytes >= partSize ? partSize : Math.min(partSize, 2 ** Math.ceil(Math.log2(Math.max(bytes, smallestBuffer))));

class BufferedPartWriter implements PartWriter {
	readonly #upload: PartUpload;
	readonly #budget: MemoryBudget;
	readonly #sizes: PartSizes;
	readonly #size?: number;
	readonly #concurrency: number;
	readonly #putMaximum: number;
	readonly #unfollow: () => void;
	/** Takes the byte that is one too many. */
	readonly #excess = Buffer.allocUnsafeSlow(1);
	#filling?: PartBuffer;
	#fill = 0;
	/** The first part, full, while nobody knows whether more follows. */
	#held?: PartBuffer;
	#total = 0;

	constructor({
		driver,
		key,
		options = {},
		budget = processBudget,
		partSize,
		concurrency = defaultConcurrency,
		size,
		onProgress,
		signal,
	}: PartWriterOptions) {
		const {parts, putMaximum} = driver.capabilities;
		const inParts = parts !== undefined && driver.begin !== undefined;
		this.#sizes = inParts
			? planPartSizes({parts, requested: partSize, size, memory: budget.limit})
			: onePart(putMaximum, budget.limit, size, partSize ?? defaultPartSize);
		this.#concurrency = parts?.parallel ? concurrency : 1;
		this.#budget = budget;
		this.#size = size;
		this.#putMaximum = inParts ? putMaximum : Number.POSITIVE_INFINITY;
		this.#upload = new PartUpload({driver, key, options: {...options, size}, concurrency: this.#concurrency, onProgress});
		this.#unfollow = onAbort(signal, () => this.#upload.fail(cancelled(signal!)));
	}

	get signal(): AbortSignal {
		return this.#upload.signal;
	}

	get crc32c(): number | undefined {
		return this.#upload.crc32c;
	}

	space(): Uint8Array | Promise<Uint8Array> {
		if (this.#upload.failure) {
			return Promise.reject(this.#upload.failure.error);
		}

		if (!this.#filling) {
			if (this.#total === this.#most) {
				return this.#excess;
			}

			const buffer = this.#upload.running <= this.#concurrency ? this.#budget.tryAcquire(this.#bufferSize) : undefined;
			if (!buffer) {
				return this.#waitForSpace();
			}

			this.#start(buffer);
		}

		return this.#filling!.buffer.subarray(this.#fill, this.#filling!.length);
	}

	filled(count: number): void {
		if (count === 0) {
			return;
		}

		if (!this.#filling) {
			this.#upload.fail(this.#tooLong());
			return;
		}

		this.#shipHeld();
		this.#fill += count;
		this.#total += count;
		if (this.#fill === this.#filling.length) {
			this.#full(this.#filling);
		}
	}

	async finish(): Promise<ObjectInfo> {
		if (this.#size !== undefined && this.#total < this.#size) {
			this.#upload.fail(new SluiceError('SOURCE_SHORT', `The source ended after ${this.#total} of ${this.#size} bytes`));
		}

		if (this.#upload.failure) {
			const {error} = this.#upload.failure;
			await this.abort();
			throw error;
		}

		try {
			return await this.#sendRest();
		} finally {
			this.#unfollow();
			this.#giveBack();
		}
	}

	async abort(reason: unknown = new SluiceError('CANCELLED', 'The upload was given up')): Promise<void> {
		this.#unfollow();
		this.#upload.fail(reason);
		this.#giveBack();
		await this.#upload.cleaned();
	}

	/** Most bytes that the object can have. */
	get #most(): number {
		return this.#size ?? this.#sizes.largest;
	}

	/** Size of the part that is to be filled next, unless the object ends before. */
	get #partSize(): number {
		return this.#sizes.sizeOf(this.#upload.parts + (this.#held ? 2 : 1));
	}

	get #bufferSize(): number {
		return bufferSize(this.#most - this.#total, this.#partSize);
	}

	#start(buffer: Buffer): void {
		this.#filling = {buffer, length: Math.min(this.#partSize, this.#most - this.#total)};
		this.#fill = 0;
	}

	async #waitForSpace(): Promise<Uint8Array> {
		this.#shipHeld(); // Writers that hold a full buffer while they wait for another one could wait for each other.
		await this.#upload.atMost(this.#concurrency);
		const buffer = await this.#budget.acquire(this.#bufferSize, this.signal).catch((error: unknown) => {
			this.#upload.fail(error);
		});

		if (this.#upload.failure) {
			if (buffer) {
				this.#budget.release(buffer);
			}

			throw this.#upload.failure.error;
		}

		this.#start(buffer!);
		return this.space();
	}

	#full(part: PartBuffer): void {
		this.#filling = undefined;
		const mayBeWhole = this.#upload.parts === 0 && (this.#size === undefined || this.#total === this.#size);
		if (mayBeWhole) {
			this.#held = part;
		} else {
			this.#ship(part);
		}
	}

	#shipHeld(): void {
		if (this.#held) {
			const held = this.#held;
			this.#held = undefined;
			this.#ship(held);
		}
	}

	#ship({buffer, length}: PartBuffer): void {
		this.#upload.ship(bodyOf(buffer.subarray(0, length)), () => this.#budget.release(buffer));
	}

	async #sendRest(): Promise<ObjectInfo> {
		const filling = this.#filling && this.#fill > 0 ? {buffer: this.#filling.buffer, length: this.#fill} : undefined;
		const rest = this.#held ?? filling;
		if (rest === this.#held) {
			this.#held = undefined;
		} else {
			this.#filling = undefined;
		}

		if (this.#upload.parts === 0 && this.#total <= this.#putMaximum) {
			const bytes = rest ? rest.buffer.subarray(0, rest.length) : Buffer.alloc(0);
			return this.#upload.put(bytes, () => rest && this.#budget.release(rest.buffer));
		}

		if (rest) {
			this.#ship(rest);
		}

		return this.#upload.complete();
	}

	/** Gives back what no request reads. */
	#giveBack(): void {
		for (const part of [this.#filling, this.#held]) {
			if (part) {
				this.#budget.release(part.buffer);
			}
		}

		this.#filling = undefined;
		this.#held = undefined;
	}

	#tooLong(): SluiceError {
		if (this.#size !== undefined) {
			return new SluiceError('SOURCE_LONG', `The source goes on past its ${this.#size} bytes`);
		}

		const message = `The source is longer than ${this.#sizes.largest} bytes, the most that parts of this size hold: give \`size\` or a larger \`partSize\``;
		return new SluiceError('INVALID_ARGUMENT', message);
	}
}

/** @throws {SluiceError} `INVALID_ARGUMENT` when the sizes cannot work: too many parts, or parts that the memory does not hold. */
export const createPartWriter = (options: PartWriterOptions): PartWriter => new BufferedPartWriter(options);
