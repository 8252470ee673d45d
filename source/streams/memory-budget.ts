import {Buffer} from 'node:buffer';
import {cancelled, SluiceError} from '../contract/index.ts';
import {MIB} from '../utils/sizes.ts';

/** Buffers out of a bounded amount of memory, used again and again. */
export interface MemoryBudget {
	/**
	A buffer of exactly `size` bytes with arbitrary content; waits, first come first served, until there is room.

	@throws {SluiceError} `INVALID_ARGUMENT` when it is larger than the limit, `CANCELLED`.
	*/
	acquire(size: number, signal?: AbortSignal): Promise<Buffer>;
	/** The same at once, or `undefined` when there is no room or others wait. */
	tryAcquire(size: number): Buffer | undefined;
	/** Gives a buffer back. It must not be touched any more. */
	release(buffer: Buffer): void;
	/** Most bytes in use at a time. A lower one takes effect as buffers come back. */
	limit: number;
	/** Bytes in use now. */
	readonly used: number;
}

interface Waiter {
	readonly size: number;
	readonly resolve: (buffer: Buffer) => void;
	readonly reject: (error: SluiceError) => void;
}

const tooLarge = (size: number, limit: number): SluiceError =>
	new SluiceError(
		'INVALID_ARGUMENT',
		`A buffer of ${size} bytes does not fit the memory limit of ${limit} bytes: raise \`memory\` or lower \`partSize\``,
	);

class Budget implements MemoryBudget {
	#limit: number;
	#used = 0;
	#kept = 0;
	/** Free buffers by size: fresh memory costs more than the copy into it. */
	readonly #free = new Map<number, Buffer[]>();
	readonly #lent = new Set<Buffer>();
	#waiters: Waiter[] = [];

	constructor(limit: number) {
		this.#limit = limit;
	}

	get limit(): number {
		return this.#limit;
	}

	set limit(limit: number) {
		this.#limit = limit;
		this.#dropFree(0);
		for (const {size, reject} of this.#waiters) {
			if (size > limit) {
				reject(tooLarge(size, limit));
			}
		}

		this.#serve();
	}

	get used(): number {
		return this.#used;
	}

	tryAcquire(size: number): Buffer | undefined {
		return this.#waiters.length === 0 ? this.#take(size) : undefined;
	}

	async acquire(size: number, signal?: AbortSignal): Promise<Buffer> {
		if (size > this.#limit) {
			throw tooLarge(size, this.#limit);
		}

		if (signal?.aborted) {
			throw cancelled(signal);
		}

		return this.tryAcquire(size) ?? this.#wait(size, signal);
	}

	release(buffer: Buffer): void {
		if (!this.#lent.delete(buffer)) {
			return; // Twice given back, it would be lent to two.
		}

		const size = buffer.length;
		this.#used -= size;
		const alike = this.#free.get(size);
		if (alike) {
			alike.push(buffer);
		} else {
			this.#free.set(size, [buffer]);
		}

		this.#kept += size;
		this.#dropFree(0);
		this.#serve();
	}

	#take(size: number): Buffer | undefined {
		if (this.#used + size > this.#limit) {
			return undefined;
		}

		let buffer = this.#free.get(size)?.pop();
		if (buffer) {
			this.#kept -= size;
		} else {
			this.#dropFree(size);
			buffer = Buffer.allocUnsafeSlow(size);
		}

		this.#used += size;
		this.#lent.add(buffer);
		return buffer;
	}

	/** Drops free buffers until `size` more bytes fit. */
	#dropFree(size: number): void {
		for (const [length, buffers] of this.#free) {
			while (this.#used + this.#kept + size > this.#limit && buffers.pop()) {
				this.#kept -= length;
			}

			if (buffers.length === 0) {
				this.#free.delete(length);
			}
		}
	}

	#wait(size: number, signal?: AbortSignal): Promise<Buffer> {
		return new Promise((resolve, reject) => {
			const onAbort = () => waiter.reject(cancelled(signal!));
			const waiter: Waiter = {
				size,
				resolve(buffer) {
					signal?.removeEventListener('abort', onAbort);
					resolve(buffer);
				},
				reject: error => {
					signal?.removeEventListener('abort', onAbort);
					this.#waiters = this.#waiters.filter(other => other !== waiter);
					reject(error);
					this.#serve();
				},
			};

			this.#waiters.push(waiter);
			signal?.addEventListener('abort', onAbort, {once: true});
		});
	}

	/** Serves those who wait, in order: one who wants much is not overtaken by those who want little. */
	#serve(): void {
		for (let waiter = this.#waiters[0]; waiter; waiter = this.#waiters[0]) {
			const buffer = this.#take(waiter.size);
			if (!buffer) {
				return;
			}

			this.#waiters.shift();
			waiter.resolve(buffer);
		}
	}
}

/** @param bytes - The limit. */
export const createMemoryBudget = (bytes: number): MemoryBudget => new Budget(bytes);

/** The budget of this process: 256 MiB unless `limit` is set. Everything that must buffer takes from it. */
export const processBudget: MemoryBudget = createMemoryBudget(256 * MIB);
