import type {Body, Consume} from './body.ts';
import type {Capabilities} from './capabilities.ts';
import type {ContentHeaders, ListPage, ObjectInfo, RemoveOutcome, UnfinishedUpload} from './object.ts';

/** Options of every verb. */
export interface CallOptions {
	/** Aborts the call: it rejects with `CANCELLED`, once its connection is closed. */
	readonly signal?: AbortSignal;
}

/** Bytes of an object, both ends inclusive, as in `fs.createReadStream`. */
export interface ByteRange {
	readonly start: number;
	/** Absent: to the end. */
	readonly end?: number;
}

/** What a read begins with, known before its first byte. */
export interface ReadAnswer {
	/** The whole object; `size` is its full length. */
	readonly info: ObjectInfo;
	/** Offset of the first byte that follows. The core checks that it is the one asked for. */
	readonly start: number;
	/** How many bytes follow. */
	readonly length: number;
}

export interface ReadCallOptions extends CallOptions {
	/** Absent: the whole object. */
	readonly range?: ByteRange;
	/** Revision that the object must still have, else `SOURCE_CHANGED`. */
	readonly pin?: string;
	/** Called once, before the first chunk. What it throws ends the read. */
	readonly onAnswer?: (answer: ReadAnswer) => void;
}

export interface ListPageOptions extends CallOptions {
	readonly prefix?: string;
	/** Keys that contain it behind the prefix are folded into `prefixes`. */
	readonly delimiter?: string;
	/** Only keys behind this one, in the provider's order. */
	readonly startAfter?: string;
	/** `next` of the page before. */
	readonly token?: string;
	/** Most entries and prefixes of a page; a driver may give fewer. */
	readonly limit?: number;
}

/** When a write may take effect. */
export interface WriteCondition {
	/** Only when there is no such object, else `ALREADY_EXISTS`. */
	readonly absent?: boolean;
	/** Only over this revision, else `PRECONDITION_FAILED`. */
	readonly revision?: string;
}

export interface WriteCallOptions extends CallOptions {
	readonly headers?: Readonly<ContentHeaders>;
	/** Lower-case names, values as text. */
	readonly metadata?: Readonly<Record<string, string>>;
	readonly storageClass?: string;
	readonly condition?: WriteCondition;
	/** Size of the whole object when it is known (`begin`). */
	readonly size?: number;
}

/** One part of an upload. */
export interface Part {
	/** From 1. */
	readonly number: number;
	/** Where its first byte lies in the object: the sum of the sizes of the parts before it. */
	readonly offset: number;
	readonly body: Body;
}

/** What `complete` must know of a part. JSON-safe. */
export interface PartReceipt {
	readonly number: number;
	readonly size: number;
	/** CRC32C of the part. */
	readonly crc32c: number;
	/** The provider's own name of the part. */
	readonly etag?: string;
}

export interface CompleteOptions extends CallOptions {
	/** Size of the whole object. */
	readonly size: number;
	/** CRC32C of the whole object, combined from the parts. */
	readonly crc32c: number;
}

/**
A large upload in parts.

Readers of the key see the old object, or none, until `complete` has taken effect, and then all of the new one.
*/
export interface UploadSession {
	/** Continues or aborts the upload from another process (`Driver.resume`). JSON-safe, no secret in it. */
	readonly token: string;

	/** Sends a part. Sent again under the same number it replaces the earlier one. */
	part(part: Part, options: CallOptions): Promise<PartReceipt>;

	/**
	Makes the object visible.

	@param parts - All parts in ascending order, without a gap.
	@returns What the provider tells about the new object without another request: fields may be missing from `checksums` and `modified`.
	*/
	complete(parts: readonly PartReceipt[], options: CompleteOptions): Promise<ObjectInfo>;

	/** Removes every part. Succeeds when there is nothing left to abort. Called when no part is in flight. */
	abort(options: CallOptions): Promise<void>;
}

export interface SignOptions {
	readonly method: 'GET' | 'PUT';
	/** How long the URL is good for, in seconds. */
	readonly expiresSeconds: number;
	/** Of a PUT: the type that the client must send. */
	readonly contentType?: string;
}

/**
One bucket of one provider: translates verbs into requests and answers into values, and nothing more.

A driver must
- finish a write only when the object can be read whole, and leave the key as it was when a write fails;
- reject with a `SluiceError` of the right code, and let errors of `consume` and `Body.send` pass untouched;
- have no request, file or timer left of a call that has settled, and not touch a lent chunk from then on;
- hold at most two buffers of 1 MiB a running call, whatever the size of the object;
- be safe for concurrent calls.

It may assume that
- keys, ranges, sizes and conditions have been checked against its capabilities;
- it is not called again after `close`;
- retries, the comparison of sizes and checksums, limits and metadata rules happen above it: it tries once.
*/
export interface Driver {
	readonly capabilities: Capabilities;

	/** Two drivers with the same location name the same bucket; only its own kind of driver reads it. */
	readonly location: string;

	/** @throws `NOT_FOUND`, `BUCKET_NOT_FOUND` (where the provider tells them apart), `PERMISSION_DENIED`. */
	stat(key: string, options: CallOptions): Promise<ObjectInfo>;

	list(options: ListPageOptions): Promise<ListPage>;

	/** Removes up to `capabilities.removeBatch` objects. One outcome a key, in any order. */
	remove(keys: readonly string[], options: CallOptions): Promise<readonly RemoveOutcome[]>;

	/**
	Reads bytes into `consume`. Resolves when the last one was given back. A body shorter or longer than promised is `TRUNCATED` or `OVERLONG`.
	*/
	read(key: string, options: ReadCallOptions, consume: Consume): Promise<ReadAnswer>;

	/** Writes an object of known size in one request, at most `capabilities.putMaximum`. */
	put(key: string, body: Body, options: WriteCallOptions): Promise<ObjectInfo>;

	/** Begins an upload in parts. Where `capabilities.parts` is set. */
	begin?(key: string, options: WriteCallOptions): Promise<UploadSession>;

	/**
	Writes a whole body that lies in memory (or in a file, for a `Blob`), larger than a part, by the provider's own multi-part uploader. Absent: the core cuts it into parts.
	*/
	putWhole?(key: string, body: Uint8Array | Blob, options: WriteCallOptions & {partSize: number; concurrency: number}): Promise<ObjectInfo>;

	/** The session of a token, without a request. */
	resume?(token: string): UploadSession;

	/** Unfinished uploads, page by page. */
	uploads?(options: CallOptions & {prefix?: string}): AsyncIterable<UnfinishedUpload>;

	/**
	Copies an object within the provider, at any size up to `capabilities.copyMaximum`, metadata and headers included unless `options` gives others.

	@param source - A driver of the same kind that `canCopyFrom` has accepted.
	@param pin - Revision that the source must have, else `SOURCE_CHANGED`.
	*/
	copyFrom?(source: Driver, sourceKey: string, key: string, options: WriteCallOptions & {pin?: string}): Promise<ObjectInfo>;

	/** Whether `copyFrom` can reach the bucket of this driver: same endpoint and credentials. */
	canCopyFrom?(source: Driver): boolean;

	/** @returns A URL that needs no credentials. Makes no request (it may fetch credentials). */
	sign?(key: string, options: SignOptions): Promise<string>;

	/** Creates the bucket. Succeeds when it exists and is one's own. */
	createBucket?(options: CallOptions): Promise<void>;

	/** Closes idle connections. */
	close(): Promise<void>;
}
