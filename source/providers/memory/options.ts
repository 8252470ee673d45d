import {type BucketEntry, SluiceError} from '../../contract/index.ts';

/** Fields of an entry that mean something here. */
const known = new Set(['name', 'type', 'bucket']);

export interface MemoryOptions {
	/** Buckets of one name in one process share their objects. */
	readonly bucket: string;
}

/** @throws {SluiceError} `INVALID_CONFIG` for a field that the provider does not know. */
export const readOptions = (entry: BucketEntry): MemoryOptions => {
	const unknown = Object.keys(entry).find(field => entry[field] !== undefined && !known.has(field));
	if (unknown !== undefined) {
		throw new SluiceError('INVALID_CONFIG', `\`${entry.name}\`: the provider memory has no field \`${unknown}\``, {bucket: entry.name});
	}

	return {bucket: entry.bucket};
};
