import pLimit, {type LimitFunction} from 'p-limit';
import {
	type Body,
	type Driver,
	type ObjectInfo,
	type Part,
	type PartReceipt,
	SluiceError,
	type UploadSession,
	type WriteCallOptions,
} from '../contract/index.ts';
import {bodyOf} from './bodies.ts';
import {combineCrc32c} from './crc32c.ts';
import {checkStored} from './stored.ts';

/** How long the clean-up after a failure may take, in milliseconds. */
const cleanUpMilliseconds = 30_000;

export interface PartUploadOptions {
	readonly driver: Driver;
	readonly key: string;
	readonly options: Omit<WriteCallOptions, 'signal'>;
	/** Most parts in flight. */
	readonly concurrency: number;
	/** A limit that several uploads share, besides their own. */
	readonly limit?: LimitFunction;
	/** CRC32C that the whole must have; anything else fails before it is made visible. */
	readonly expectedCrc32c?: number;
	/** Told how many bytes were sent so far; bytes sent again are not counted again. What it throws fails the upload. */
	readonly onProgress?: (bytes: number) => void;
}

/** Calls `next` once `result` is there, at once where nothing is to be awaited. */
const andThen = (result: void | Promise<void>, next: () => void): void | Promise<void> => (result ? result.then(next) : next());

/** Notes at an error what it leaves behind; on errors that are not ours too, for nobody else knows. */
const noteLeftover = (error: unknown, leftover: string): void => {
	if (error instanceof SluiceError) {
		error.describe({leftover});
	} else if (error instanceof Error && Object.isExtensible(error)) {
		Object.assign(error, {leftover});
	}
};

/**
Sends one object from buffers, as parts or whole, and cleans up when that fails.

The first error is the upload's error. It aborts what is in flight at once; when all of that has settled the session is aborted, so that no part can arrive after it.
*/
export class PartUpload {
	readonly #given: PartUploadOptions;
	readonly #limit: LimitFunction;
	readonly #controller = new AbortController();
	readonly #running = new Set<Promise<unknown>>();
	readonly #receipts: PartReceipt[] = [];
	#session?: Promise<UploadSession>;
	#parts = 0;
	#size = 0;
	#crc32c?: number;
	#sent = 0;
	#failure?: {readonly error: unknown};
	#cleaned?: Promise<void>;
	#committed = false;
	#freed?: () => void;

	constructor(given: PartUploadOptions) {
		this.#given = given;
		this.#limit = pLimit(given.concurrency);
	}

	/** Aborted when the upload fails, with its error as the reason. */
	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	get failure(): {readonly error: unknown} | undefined {
		return this.#failure;
	}

	/** How many parts were shipped. */
	get parts(): number {
		return this.#parts;
	}

	/** Parts in flight or waiting for a slot. */
	get running(): number {
		return this.#running.size;
	}

	/** CRC32C of the whole, once `put` or `complete` has begun to make it visible. */
	get crc32c(): number | undefined {
		return this.#crc32c;
	}

	/**
	Starts a part when a slot is free; the first one begins the upload.

	@param settled - Called when no request reads the body any more.
	*/
	ship(body: Body, settled?: () => void): void {
		const part: Part = {number: ++this.#parts, offset: this.#size, body: this.#counted(body)};
		this.#size += body.size;
		const {limit} = this.#given;
		const send = () => this.#send(part);
		this.#track(this.#limit(limit ? () => limit(send) : send).finally(settled));
	}

	/** Resolves when at most so many parts run; rejects with the error of the upload as soon as there is one. */
	async atMost(running: number): Promise<void> {
		while (!this.#failure && this.#running.size > running) {
			await new Promise<void>(resolve => {
				this.#freed = resolve;
			});
		}

		if (this.#failure) {
			throw this.#failure.error;
		}
	}

	/** Writes the whole object in one request. */
	async put(bytes: Uint8Array, settled?: () => void): Promise<ObjectInfo> {
		const {driver, key, options} = this.#given;
		const body = bodyOf(bytes);
		this.#crc32c = body.crc32c();
		const put = async () => driver.put(key, this.#counted(body), {...options, signal: this.signal});

		return this.#commit(put().finally(settled), body.size, body.crc32c());
	}

	/** Waits for all parts and makes the object visible. Rejects when everything is cleaned up. */
	async complete(): Promise<ObjectInfo> {
		try {
			await this.atMost(0);
		} catch (error) {
			await this.#cleaned;
			throw error;
		}

		const session = await this.#session!;
		const size = this.#size;
		const crc32c = this.#receipts.reduce((sum, part) => combineCrc32c(sum, part.crc32c, part.size), 0);
		this.#crc32c = crc32c;
		const {expectedCrc32c} = this.#given;
		if (expectedCrc32c !== undefined && crc32c !== expectedCrc32c) {
			this.fail(new SluiceError('CHECKSUM_MISMATCH', 'The bytes that were read do not have the CRC32C that the source reports'));
			await this.#cleaned;
			throw this.#failure!.error;
		}

		return this.#commit(session.complete(this.#receipts, {size, crc32c, signal: this.signal}), size, crc32c);
	}

	/** Makes the upload fail, unless it has failed or was committed. */
	fail(error: unknown): void {
		if (this.#failure || this.#committed) {
			return;
		}

		this.#failure = {error};
		this.#cleaned = this.#cleanUp(error); // Waits for what the next line aborts; whoever hears of it waits for this.
		this.#controller.abort(error);
		this.#freed?.();
	}

	/** Resolves when a failed upload has cleaned up. Never rejects. */
	async cleaned(): Promise<void> {
		await this.#cleaned;
	}

	async #send(part: Part): Promise<void> {
		if (this.#failure) {
			return;
		}

		try {
			const session = await this.#begin();
			this.#receipts[part.number - 1] = await session.part(part, {signal: this.signal});
		} catch (error) {
			this.fail(error); // Before its slot is free for the next part.
		}
	}

	#begin(): Promise<UploadSession> {
		const {driver, key, options} = this.#given;
		this.#session ??= driver.begin!(key, {...options, signal: this.signal});
		return this.#session;
	}

	/** Keeps the account of a request: how many run, and whether one failed. */
	#track(request: Promise<unknown>): void {
		const tracked = request
			.catch((error: unknown) => this.fail(error))
			.finally(() => {
				this.#running.delete(tracked);
				this.#freed?.();
			});
		this.#running.add(tracked);
	}

	async #commit(request: Promise<ObjectInfo>, size: number, crc32c: number): Promise<ObjectInfo> {
		const committing = request.then(info => {
			this.#committed = true;
			return info;
		});
		this.#track(committing);

		let info: ObjectInfo;
		try {
			info = await committing;
		} catch (error) {
			this.fail(error);
			await this.#cleaned;
			throw this.#failure!.error;
		}

		return checkStored(info, size, crc32c);
	}

	async #cleanUp(error: unknown): Promise<void> {
		await Promise.all(this.#running);
		const session = await this.#session?.catch(() => undefined);
		if (!session || this.#committed) {
			return;
		}

		try {
			await session.abort({signal: AbortSignal.timeout(cleanUpMilliseconds)});
		} catch {
			noteLeftover(error, session.token);
		}
	}

	#counted(body: Body): Body {
		const {onProgress} = this.#given;
		if (!onProgress) {
			return body;
		}

		let best = 0;
		const send: Body['send'] = write => {
			let sent = 0;
			return body.send(chunk =>
				andThen(write(chunk), () => {
					sent += chunk.length;
					if (sent > best) {
						this.#sent += sent - best;
						best = sent;
						onProgress(this.#sent);
					}
				}),
			);
		};

		return {size: body.size, crc32c: body.crc32c, send};
	}
}
