/** Headers that travel with an object and are given back with it. */
export interface ContentHeaders {
	contentType?: string;
	cacheControl?: string;
	contentDisposition?: string;
	contentEncoding?: string;
	contentLanguage?: string;
}

/** Sums that a provider reports for a whole object. */
export interface Checksums {
	/** CRC32C (Castagnoli) as an unsigned number. */
	crc32c?: number;
	/** MD5, 32 lower-case hexadecimal digits. */
	md5?: string;
}

/** What a listing tells about an object. */
export interface ObjectEntry {
	/** UTF-8 text, 1 to 1024 bytes; never normalised. */
	readonly key: string;
	/** Length in bytes. */
	readonly size: number;
	readonly modified?: Date;
	/** Opaque, without quotes. */
	readonly etag?: string;
	/** What a read can be pinned to (ETag, generation, change time). Opaque; absent when the provider has nothing of the kind. */
	readonly revision?: string;
	readonly storageClass?: string;
}

/** All that a provider tells about an object. */
export interface ObjectInfo extends ObjectEntry {
	readonly headers: Readonly<ContentHeaders>;
	/** User metadata: lower-case names. An object without prototype. */
	readonly metadata: Readonly<Record<string, string>>;
	/** What the provider itself reports; may be empty. */
	readonly checksums: Readonly<Checksums>;
}

/** One page of a listing. */
export interface ListPage {
	/** In the provider's order. */
	readonly entries: readonly ObjectEntry[];
	/** Common prefixes, when a delimiter was given; each ends with it. */
	readonly prefixes: readonly string[];
	/** Token of the next page; absent on the last one. */
	readonly next?: string;
}

/** An upload that was begun and neither completed nor aborted. */
export interface UnfinishedUpload {
	readonly key: string;
	/** For `resume`. JSON-safe. */
	readonly token: string;
	readonly started?: Date;
}

/** How one key of a bulk removal fared. A key that did not exist counts as removed. */
export interface RemoveOutcome {
	readonly key: string;
	readonly error?: Error;
}
