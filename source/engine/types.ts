import type {LimitFunction} from 'p-limit';
import type {Bucket} from '../bucket/index.ts';
import type {ContentHeaders, ObjectEntry, ObjectInfo, SluiceError} from '../contract/index.ts';

/** An object in a bucket. */
export interface Location {
	readonly bucket: Bucket;
	readonly key: string;
}

/**
How an object travels.

- `server`: the provider copies it; no byte passes through this process.
- `ranges`: part n of the destination is range n of the source. Nothing is buffered; a part that fails reads its range again.
- `whole`: one request, fed straight from a read that is repeated when it must be sent again.
- `buffered`: small objects, read into memory and written from there.
- `stream`: one read, cut into buffered parts; for sources that cannot give ranges of a fixed revision.
*/
export type Strategy = 'server' | 'ranges' | 'whole' | 'buffered' | 'stream';

/**
What the copy was compared with. The CRC32C of the bytes that passed is

- `both`: what source and destination report,
- `source`: what the source reports; the destination reports none,
- `destination`: what the destination has verified; the source reports none,
- `size`: compared with nothing, only the sizes are equal,
- `provider`: not known, the provider copied by itself and reports the same size.
*/
export type Verification = 'both' | 'source' | 'destination' | 'size' | 'provider';

export interface CopyOptions {
	/** Default `auto`: the first of `server`, `buffered`, `whole`, `ranges`, `stream` that fits. */
	readonly strategy?: 'auto' | 'server' | 'ranges' | 'stream';
	/** Least size of a part in bytes. Default 16 MiB; 8 MiB for `stream`. */
	readonly partSize?: number;
	/** Most parts of one object in flight. Default 4. */
	readonly concurrency?: number;
	/** `false`: an object that exists is `ALREADY_EXISTS`. Default `true`. */
	readonly overwrite?: boolean;
	/** Content headers in place of the source's, name by name. */
	readonly headers?: Readonly<ContentHeaders>;
	/** User metadata in place of the source's. */
	readonly metadata?: Readonly<Record<string, string>>;
	readonly storageClass?: string;
	readonly signal?: AbortSignal;
	/** Told how many bytes were gained since the last call; bytes sent again are not counted again. */
	readonly onProgress?: (bytes: number) => void;
}

export interface CopyResult {
	/** Bytes. */
	readonly size: number;
	readonly strategy: Strategy;
	/** Of all bytes that passed, as an unsigned number; absent for `server` unless the provider reports it. */
	readonly crc32c?: number;
	readonly verified: Verification;
	/** What the destination says about the new object. */
	readonly info: ObjectInfo;
	/** What the source has and the destination cannot keep. */
	readonly lost: readonly ('metadata' | 'headers')[];
}

export interface CopyManyOptions extends CopyOptions {
	/** Most objects at a time. Default 32. */
	readonly objects?: number;
	/** Most parts in flight over all objects. Default 16. */
	readonly parts?: number;
	/** Told of each object as it is done. Must not throw. */
	readonly onEvent?: (event: CopyEvent) => void;
}

export type CopyEvent =
	| {readonly type: 'copied'; readonly key: string; readonly targetKey: string; readonly result: CopyResult}
	| {readonly type: 'failed'; readonly key: string; readonly targetKey: string; readonly error: SluiceError};

export interface CopySummary {
	/** Objects. */
	readonly copied: number;
	readonly bytes: number;
	/** Objects by how they were verified. */
	readonly verified: Readonly<Partial<Record<Verification, number>>>;
	readonly failed: readonly {readonly key: string; readonly error: SluiceError}[];
}

/** One copy on its way: what the strategies are given. */
export interface Copying {
	readonly source: Location;
	readonly target: Location;
	readonly options: CopyOptions;
	/** Shared by the parts of all objects of a `copyMany`. */
	readonly limit?: LimitFunction;
	/** What a listing or `stat` told about the source. */
	readonly entry: ObjectEntry;
}

/** What a strategy achieved. */
export interface Copied {
	readonly info: ObjectInfo;
	/** What the source said, as the bytes were read. */
	readonly from: ObjectInfo;
	readonly crc32c?: number;
	readonly strategy: Strategy;
}
