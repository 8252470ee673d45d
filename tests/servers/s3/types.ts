import type {Faults} from './faults.ts';
import type {OperationName} from './route.ts';

/** Sums that the double knows; the newer ones of S3 (MD5, SHA-512, xxHash) are refused. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** Whether a checksum covers the bytes of the object, or the checksums of its parts (`value-N`). */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as S3 keeps it: base64, with `-N` behind it when it is a composite one. */
export interface Checksum {
	readonly algorithm: ChecksumAlgorithm;
	readonly type: ChecksumType;
	readonly value: string;
}

export interface Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly sessionToken?: string;
}

export interface S3ServerOptions {
	/** The only region whose signatures are taken. Default `us-east-1`. */
	readonly region?: string;
	readonly credentials?: Credentials;
	/** Made at start. Default `['bucket']`. */
	readonly buckets?: readonly string[];
	/** Smallest part that is not the last, in bytes. Default 5 MiB, as on S3; tests set it small. */
	readonly minPartSize?: number;
	/** Most keys, parts or uploads in one page. Default 1000. */
	readonly pageSize?: number;
	/** `refuse-400` answers trailers as Ceph RGW 16 does, `refuse-501` all streaming payloads as Swift does. Default `accept`. */
	readonly trailers?: 'accept' | 'refuse-400' | 'refuse-501';
	/** False ignores `x-amz-checksum-*` altogether, as Ceph RGW 16 does. Default true. */
	readonly checksums?: boolean;
	/** `ignore` is what old servers do to If-Match and If-None-Match on writes. Default `enforce`. */
	readonly conditionalWrites?: 'enforce' | 'ignore' | 'refuse-501';
	/** With `localhost`, the Host `bucket.localhost:port` addresses a bucket. Path style always works. */
	readonly virtualHost?: string;
	/** PEM; the endpoint becomes `https:`. */
	readonly tls?: {readonly key: string; readonly cert: string};
	/** The server's own idea of the time: its Date header, Last-Modified and the check of signatures. */
	readonly clock?: () => Date;
}

/** The options with every default filled in. */
export interface Settings {
	readonly region: string;
	readonly credentials: Credentials;
	readonly minPartSize: number;
	readonly pageSize: number;
	readonly trailers: 'accept' | 'refuse-400' | 'refuse-501';
	readonly checksums: boolean;
	readonly conditionalWrites: 'enforce' | 'ignore' | 'refuse-501';
	readonly virtualHost: string | undefined;
	readonly clock: () => Date;
}

export interface StoredObject {
	readonly content: Buffer;
	/** User metadata without the `x-amz-meta-` prefix. */
	readonly metadata: Readonly<Record<string, string>>;
	/** Kept system headers in lower case: content-type, cache-control, ..., x-amz-storage-class. */
	readonly headers: Readonly<Record<string, string>>;
	/** With its quotes, as in the header. */
	readonly etag: string;
	readonly checksum: Checksum | undefined;
	/** Whole seconds, as S3 shows them. */
	readonly lastModified: Date;
	/** Sizes of the parts of a multipart upload, undefined for a plain object. */
	readonly partSizes: readonly number[] | undefined;
}

/** A request as it arrived. It is listed from its first byte on; `bytes`, `status` and `code` fill in as it goes. */
export interface RecordedRequest {
	readonly method: string;
	/** Path and query exactly as on the wire. */
	readonly url: string;
	readonly operation: OperationName;
	readonly bucket: string | undefined;
	readonly key: string;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	/** Number of the connection it came on; the first one is 1. */
	readonly connection: number;
	/** Body bytes received so far, framing of aws-chunked included. */
	readonly bytes: number;
	/** Undefined while no answer was begun. */
	readonly status: number | undefined;
	/** The S3 error code that was answered. */
	readonly code: string | undefined;
}

export interface StoreOptions {
	readonly metadata?: Readonly<Record<string, string>>;
	readonly headers?: Readonly<Record<string, string>>;
	/** True keeps a CRC64NVME, as S3 does unasked. Default false: an object from before 2024, which has none. */
	readonly checksum?: boolean | ChecksumAlgorithm;
}

export interface S3Server extends AsyncDisposable {
	readonly endpoint: string;
	readonly region: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly faults: Faults;
	readonly requests: readonly RecordedRequest[];
	/** Empties `requests`. */
	forget(): void;
	object(bucket: string, key: string): StoredObject | undefined;
	/** Keys sorted by their UTF-8 bytes. */
	objects(bucket: string): readonly string[];
	/** Multipart uploads that are still open. */
	uploads(bucket: string): ReadonlyArray<{key: string; uploadId: string; parts: number[]}>;
	/** Puts an object from the test's side: no request, no fault. */
	store(bucket: string, key: string, content: Uint8Array, options?: StoreOptions): void;
	/** Connections open now. */
	openSockets(): number;
	/** Connections ever accepted. */
	connections(): number;
	/** Destroys every connection and stops listening. */
	close(): Promise<void>;
}
