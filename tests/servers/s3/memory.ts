import {S3Error} from './s3-error.ts';
import type {Checksum, ChecksumAlgorithm, ChecksumType, StoredObject} from './types.ts';

export interface StoredPart {
	readonly content: Buffer;
	/** With its quotes. */
	readonly etag: string;
	readonly checksum: Checksum | undefined;
	readonly lastModified: Date;
}

export interface Upload {
	readonly key: string;
	readonly uploadId: string;
	readonly initiated: Date;
	readonly metadata: Readonly<Record<string, string>>;
	readonly headers: Readonly<Record<string, string>>;
	/** Undefined when the client asked for none; S3 then makes a CRC64NVME of its own. */
	readonly checksum: {readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType} | undefined;
	readonly parts: Map<number, StoredPart>;
}

/** Orders keys by their UTF-8 bytes, as S3 lists them; UTF-16 order is another one beyond the first plane. */
export const sortKeys = (keys: Iterable<string>): string[] =>
	[...keys]
		.map(key => ({key, bytes: Buffer.from(key)}))
		.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
		.map(({key}) => key);

export const compareKeys = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Objects and open uploads of one bucket. */
export class BucketMemory {
	readonly uploads = new Map<string, Upload>();
	readonly #objects = new Map<string, StoredObject>();
	#sorted: readonly string[] | undefined;

	get(key: string): StoredObject | undefined {
		return this.#objects.get(key);
	}

	set(key: string, object: StoredObject): void {
		if (!this.#objects.has(key)) {
			this.#sorted = undefined;
		}

		this.#objects.set(key, object);
	}

	delete(key: string): void {
		if (this.#objects.delete(key)) {
			this.#sorted = undefined;
		}
	}

	/** Sorted by UTF-8 bytes; sorted anew only after a change. */
	keys(): readonly string[] {
		this.#sorted ??= sortKeys(this.#objects.keys());
		return this.#sorted;
	}

	/** @throws {S3Error} `NoSuchKey`. */
	existing(key: string): StoredObject {
		const object = this.get(key);

		if (!object) {
			throw new S3Error('NoSuchKey', {details: {Key: key}});
		}

		return object;
	}

	/** @throws {S3Error} `NoSuchUpload`, also for the id of another key's upload. */
	upload(key: string, uploadId: string): Upload {
		const upload = this.uploads.get(uploadId);

		if (upload?.key !== key) {
			throw new S3Error('NoSuchUpload', {details: {UploadId: uploadId}});
		}

		return upload;
	}
}

/** All that the server holds. */
export class Memory {
	readonly buckets = new Map<string, BucketMemory>();

	/** @throws {S3Error} `NoSuchBucket`. */
	bucket(name: string): BucketMemory {
		const bucket = this.buckets.get(name);

		if (!bucket) {
			throw new S3Error('NoSuchBucket', {details: {BucketName: name}});
		}

		return bucket;
	}
}
