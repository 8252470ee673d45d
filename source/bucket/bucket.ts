import type {Buffer} from 'node:buffer';
import type {ReadableStream, WritableStream} from 'node:stream/web';
import {
	type ByteRange,
	type CallOptions,
	type Capabilities,
	type Consume,
	createRetrier,
	type Driver,
	type ListPage,
	type ObjectEntry,
	type ObjectInfo,
	type ReadAnswer,
	type Retrier,
	SluiceError,
	type UnfinishedUpload,
} from '../contract/index.ts';
import {
	collector,
	createPartWriter,
	type MemoryBudget,
	ObjectReadable,
	ObjectWritable,
	type PartWriter,
	toReadableStream,
	toWritableStream,
} from '../streams/index.ts';
import type {Size} from '../utils/parse-size.ts';
import {MIB} from '../utils/sizes.ts';
import {checkKey} from './check-key.ts';
import {checkCount, checkSize} from './check-numbers.ts';
import {checkRange} from './check-range.ts';
import {checkWrite, unsupported, type WriteAttributes} from './check-write.ts';
import {listPages, type PagesOptions} from './listing.ts';
import {put, type WriteCall} from './put.ts';
import type {PutSource} from './put-source.ts';
import {type ReliableOptions, reliable} from './reliable.ts';
import {type RemoveManyOptions, type RemoveManyResult, removeMany} from './remove-many.ts';

export interface BucketOptions {
	/** Name in the configuration, for errors. Default: the provider's type. */
	readonly name?: string;
	/** The retry layer. Default: one with the default policy. */
	readonly retrier?: Retrier;
	/** Where part buffers come from. Default: the budget of the process. */
	readonly budget?: MemoryBudget;
	/** Told before each retry. */
	readonly onRetry?: ReliableOptions['onRetry'];
}

export interface ReadOptions extends CallOptions, Partial<ByteRange> {
	/** Revision that the object must still have, else `SOURCE_CHANGED`. */
	readonly pin?: string;
	/** Told once, before the first byte, which object it is and how many bytes follow. */
	readonly onAnswer?: (answer: ReadAnswer) => void;
}

export interface WriteOptions extends CallOptions, WriteAttributes {
	/** Least size of a part. Default 8 MiB. */
	readonly partSize?: Size;
	/** Most parts in flight. Default 4. */
	readonly concurrency?: number;
	/** Size of the object, when it is known; another number of bytes is `SOURCE_SHORT` or `SOURCE_LONG`. */
	readonly size?: Size;
	/** Told how many bytes were sent so far. What it throws fails the write. */
	readonly onProgress?: (bytes: number) => void;
}

export interface ListOptions extends CallOptions {
	readonly prefix?: string;
	/** Keys that contain it behind the prefix are folded into common prefixes. */
	readonly delimiter?: string;
	/** Only keys behind this one. */
	readonly startAfter?: string;
	/** Most entries of one request. Default: the provider's. */
	readonly pageSize?: number;
}

/** What keys with the delimiter were folded into; ends with it. */
export interface CommonPrefix {
	readonly prefix: string;
	readonly key?: undefined;
}

export interface SignOptions {
	readonly method?: 'GET' | 'PUT';
	/** How long the URL is good for, 1 second to 7 days. Default 1 hour. */
	readonly expiresSeconds?: number;
	/** Of a PUT: the type that the client must send. */
	readonly contentType?: string;
}

const longestSigned = 7 * 24 * 3600;

/**
One bucket of any provider: the same verbs and promises everywhere.

- A write is visible when its promise has resolved (its stream has finished), whole or not at all.
- A read gives the bytes of one revision, all of them, or fails.
- Calls that fail for a reason that may pass are repeated; everything is checked before the first request.
- An aborted call rejects with `CANCELLED` when it has cleaned up.

All errors are a `SluiceError`, except those of the caller's own source or consumer, which come out as they are.
*/
export class Bucket implements AsyncDisposable {
	readonly name: string;
	/** The verbs of the provider with retries, without the checks that are made here. */
	readonly driver: Driver;
	readonly #budget?: MemoryBudget;

	constructor(driver: Driver, {name = driver.capabilities.provider, retrier = createRetrier(), budget, onRetry}: BucketOptions = {}) {
		this.name = name;
		this.driver = reliable(driver, retrier, {bucket: name, onRetry});
		this.#budget = budget;
	}

	get capabilities(): Capabilities {
		return this.driver.capabilities;
	}

	/** @throws {SluiceError} `NOT_FOUND`. */
	async stat(key: string, {signal}: CallOptions = {}): Promise<ObjectInfo> {
		this.#checkKey(key);
		return this.driver.stat(key, {signal});
	}

	async exists(key: string, options?: CallOptions): Promise<boolean> {
		try {
			await this.stat(key, options);
			return true;
		} catch (error) {
			if (error instanceof SluiceError && error.code === 'NOT_FOUND') {
				return false;
			}

			throw error;
		}
	}

	/**
	Reads an object, or a range of it, without a copy: each chunk is lent to `consume` until what it returns has settled.

	@throws {SluiceError} `NOT_FOUND`, `RANGE_NOT_SATISFIABLE`, `SOURCE_CHANGED`.
	*/
	async read(key: string, options: ReadOptions, consume: Consume): Promise<ReadAnswer> {
		return this.#read(key, options)(consume, options.signal);
	}

	/**
	The bytes of an object, or of a range of it, in memory.

	@param options.maximum - More than this is `LIMIT_EXCEEDED`, before any byte is read. Default 64 MiB.
	*/
	async bytes(key: string, {maximum = 64 * MIB, ...options}: ReadOptions & {readonly maximum?: Size} = {}): Promise<Buffer> {
		const {expect, consume, bytes} = collector(checkSize('maximum', maximum)!);
		const onAnswer = (answer: ReadAnswer) => {
			options.onAnswer?.(answer);
			expect(answer.length);
		};

		await this.read(key, {...options, onAnswer}, consume);
		return bytes();
	}

	/**
	A Node.js stream of an object, or of a range of it. The request is made when the stream is first read from; `destroy` closes its connection.

	@param options.highWaterMark - How much is read ahead, in bytes. Default 64 KiB.
	*/
	createReadable(key: string, {highWaterMark, ...options}: ReadOptions & {readonly highWaterMark?: number} = {}): ObjectReadable {
		return new ObjectReadable(this.#read(key, options), {highWaterMark, signal: options.signal});
	}

	/** A web stream of an object, or of a range of it. `cancel` closes its connection. */
	readableStream(key: string, options: ReadOptions = {}): ReadableStream<Uint8Array> {
		return toReadableStream(this.#read(key, options), options.signal);
	}

	/**
	A Node.js stream that writes an object; `finish` means that it is stored. Destroyed before, it stores nothing, and `close` comes when everything is cleaned up.

	Memory: `concurrency + 1` parts at most.
	*/
	createWritable(key: string, options: WriteOptions = {}): ObjectWritable {
		return new ObjectWritable(this.writer(key, options));
	}

	/** A web stream that writes an object; `close` resolves when it is stored, `abort` when everything is cleaned up. */
	writableStream(key: string, options: WriteOptions = {}): WritableStream<Uint8Array> {
		return toWritableStream(this.writer(key, options));
	}

	/** Writes an object from bytes that are put straight into its part buffers: the least costly way for a stream. */
	writer(key: string, options: WriteOptions = {}): PartWriter {
		return createPartWriter(this.#writeCall(key, options));
	}

	/**
	Writes an object. Bytes in memory are not copied and must not change meanwhile; a stream that is given is read to its end, or destroyed when the write fails.
	*/
	async put(key: string, source: PutSource, options: WriteOptions = {}): Promise<ObjectInfo> {
		return put(source, this.#writeCall(key, options));
	}

	/** All objects below a prefix, in the provider's order; with a delimiter, the common prefixes of each page after its objects. */
	list(options?: ListOptions & {readonly delimiter?: undefined}): AsyncGenerator<ObjectEntry, void, undefined>;
	list(options: ListOptions): AsyncGenerator<ObjectEntry | CommonPrefix, void, undefined>;
	async *list(options: ListOptions = {}): AsyncGenerator<ObjectEntry | CommonPrefix, void, undefined> {
		for await (const {entries, prefixes} of this.pages(options)) {
			for (const entry of entries) {
				yield entry;
			}

			for (const prefix of prefixes) {
				yield {prefix};
			}
		}
	}

	/**
	The same page by page, which costs least for many keys. While one is looked at the next one is fetched.

	@throws {SluiceError} `LIST_STUCK`, `BAD_RESPONSE`, `UNSUPPORTED`.
	*/
	pages({pageSize, ...options}: ListOptions = {}): AsyncGenerator<ListPage, void, undefined> {
		const pages: PagesOptions = {...options, limit: checkCount('pageSize', pageSize, Number.MAX_SAFE_INTEGER)};
		return listPages(this.driver, pages);
	}

	/** Removes an object. One that does not exist counts as removed. */
	async remove(key: string, {signal}: CallOptions = {}): Promise<void> {
		this.#checkKey(key);
		const [outcome] = await this.driver.remove([key], {signal});
		if (outcome?.error) {
			throw outcome.error;
		}
	}

	/** Removes any number of objects, in batches where the provider takes them. A key that fails does not stop the others. */
	async removeMany(keys: Iterable<string> | AsyncIterable<string>, options: RemoveManyOptions = {}): Promise<RemoveManyResult> {
		checkCount('concurrency', options.concurrency, 1000);
		return removeMany(this.driver, keys, options);
	}

	/** A URL that works without credentials for a while. Makes no request. */
	async sign(key: string, {method = 'GET', expiresSeconds = 3600, contentType}: SignOptions = {}): Promise<string> {
		this.#checkKey(key);
		checkCount('expiresSeconds', expiresSeconds, longestSigned);
		if (!this.driver.sign || !this.capabilities.sign.includes(method)) {
			throw this.#lacks('sign');
		}

		return this.driver.sign(key, {method, expiresSeconds, contentType});
	}

	/** Uploads that were begun and neither completed nor aborted, by anyone. */
	uploads(options: CallOptions & {readonly prefix?: string} = {}): AsyncIterable<UnfinishedUpload> {
		if (!this.driver.uploads || !this.capabilities.uploads) {
			throw this.#lacks('uploads');
		}

		return this.driver.uploads(options);
	}

	/** Aborts an unfinished upload and removes its parts. One that is gone already counts as removed. */
	async removeUpload(upload: string | UnfinishedUpload, {signal}: CallOptions = {}): Promise<void> {
		if (!this.driver.resume) {
			throw this.#lacks('uploads');
		}

		await this.driver.resume(typeof upload === 'string' ? upload : upload.token).abort({signal});
	}

	/** Creates the bucket, unless it exists and is one's own. */
	async create({signal}: CallOptions = {}): Promise<void> {
		if (!this.driver.createBucket || !this.capabilities.createBucket) {
			throw this.#lacks('createBucket');
		}

		await this.driver.createBucket({signal});
	}

	/** Closes idle connections. The bucket cannot be used any more. */
	async close(): Promise<void> {
		await this.driver.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#checkKey(key: string): void {
		checkKey(key, this.capabilities.keyMaximum);
	}

	#lacks(capability: string): SluiceError {
		return unsupported(this.capabilities, capability).describe({bucket: this.name});
	}

	#read(key: string, {start, end, pin, onAnswer}: ReadOptions): (consume: Consume, signal?: AbortSignal) => Promise<ReadAnswer> {
		this.#checkKey(key);
		const range = checkRange({start, end}, this.capabilities);
		return (consume, signal) => this.driver.read(key, {range, pin, onAnswer, signal}, consume);
	}

	#writeCall(key: string, options: WriteOptions): WriteCall {
		this.#checkKey(key);
		const {partSize, concurrency, size, onProgress, signal} = options;
		return {
			driver: this.driver,
			key,
			options: checkWrite(options, this.capabilities),
			budget: this.#budget,
			partSize: checkSize('partSize', partSize, 1),
			concurrency: checkCount('concurrency', concurrency, 1000),
			size: checkSize('size', size),
			onProgress,
			signal,
		};
	}
}
