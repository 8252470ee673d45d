import path from 'node:path';
import process from 'node:process';
import {type BucketEntry, SluiceError} from '../../contract/index.ts';

/** A local bucket, checked. */
export interface LocalOptions {
	/** Absolute path of the folder that is the bucket. */
	readonly root: string;
	/** Where metadata and content headers go: files below `.sluice/meta`, or nowhere. */
	readonly metadata: 'sidecar' | 'none';
	/** A write is over when the device has the file and its name (`fsync`, which Node's permission model forbids: then writes fail unless this is false). */
	readonly durable: boolean;
	/** Whether paths are checked by way of `/proc`; absent: where that can be done. */
	readonly anchored?: boolean;
}

const known: ReadonlySet<string> = new Set(['name', 'type', 'bucket', 'directory', 'metadata', 'durable']);

const refuse = (entry: BucketEntry, field: string, reason: string): never => {
	throw new SluiceError('INVALID_CONFIG', `\`providers.${entry.name}.${field}\` ${reason}`, {provider: 'local', bucket: entry.name});
};

const parseRoot = (entry: BucketEntry): string => {
	const {bucket, directory = process.cwd()} = entry;
	if (typeof bucket !== 'string' || bucket === '' || bucket.includes('\0')) {
		return refuse(entry, 'bucket', 'must be the path of a folder');
	}

	return typeof directory === 'string' ? path.resolve(directory, bucket) : refuse(entry, 'directory', 'must be the path of a folder');
};

/**
Reads the fields of an entry: `bucket`, a folder, relative to `directory` (the folder of the configuration file; absent: the working directory); `metadata`, `sidecar` by default; `durable`, true by default.

@throws {SluiceError} `INVALID_CONFIG` naming the field.
*/
export const parseOptions = (entry: BucketEntry): LocalOptions => {
	for (const field of Object.keys(entry)) {
		if (!known.has(field) && entry[field] !== undefined) {
			refuse(entry, field, 'is not a field of a local bucket');
		}
	}

	const {metadata = 'sidecar', durable = true} = entry;
	if (metadata !== 'sidecar' && metadata !== 'none') {
		return refuse(entry, 'metadata', 'must be `sidecar` or `none`');
	}

	return {
		root: parseRoot(entry),
		metadata,
		durable: typeof durable === 'boolean' ? durable : refuse(entry, 'durable', 'must be true or false'),
	};
};
