import pLimit from 'p-limit';
import type {Bucket} from '../bucket/index.ts';
import {cancelled, type ObjectEntry, SluiceError, toSluiceError} from '../contract/index.ts';
import {copyEntry} from './copy-object.ts';
import type {CopyManyOptions, CopySummary, Verification} from './types.ts';

/** Keys with a prefix in a bucket. */
export interface Prefix {
	readonly bucket: Bucket;
	/** The empty one means all keys. */
	readonly prefix: string;
}

const checkApart = (source: Prefix, target: Prefix): void => {
	const same = source.bucket.driver.location === target.bucket.driver.location;
	if (same && target.prefix.startsWith(source.prefix)) {
		throw new SluiceError('SAME_LOCATION', 'The destination lies within the source: the copy would copy its own results', {
			operation: 'copy',
		});
	}
};

/**
Copies all objects under a prefix; the rest of each key is put behind the prefix of the destination.

Objects are taken from the listing as slots become free, so memory does not depend on their number. One that fails is noted and the others go on; only a failing listing, or the signal, ends the whole.

@throws {SluiceError} What the listing says; `CANCELLED`; `SAME_LOCATION` when the destination lies within the source.
*/
export const copyMany = async (source: Prefix, target: Prefix, options: CopyManyOptions = {}): Promise<CopySummary> => {
	checkApart(source, target);
	const {objects = 32, parts = 16, onEvent, signal} = options;
	const limit = pLimit(parts);
	const verified: Partial<Record<Verification, number>> = {};
	const failed: {key: string; error: SluiceError}[] = [];
	let copied = 0;
	let bytes = 0;

	const copyOne = async (entry: ObjectEntry): Promise<void> => {
		const {key} = entry;
		const targetKey = target.prefix + key.slice(source.prefix.length);
		try {
			const result = await copyEntry({bucket: source.bucket, key}, {bucket: target.bucket, key: targetKey}, options, entry, limit);
			copied++;
			bytes += result.size;
			verified[result.verified] = (verified[result.verified] ?? 0) + 1;
			onEvent?.({type: 'copied', key, targetKey, result});
		} catch (error) {
			if (signal?.aborted) {
				throw error;
			}

			const known = toSluiceError(error, {key});
			failed.push({key, error: known});
			onEvent?.({type: 'failed', key, targetKey, error: known});
		}
	};

	const entries = source.bucket.list({prefix: source.prefix, signal});
	const worker = async (): Promise<void> => {
		for (;;) {
			if (signal?.aborted) {
				throw cancelled(signal);
			}

			const next = await entries.next();
			if (next.done) {
				return;
			}

			await copyOne(next.value);
		}
	};

	const settled = await Promise.allSettled(Array.from({length: objects}, worker));
	const broken = settled.find(result => result.status === 'rejected');
	if (broken) {
		throw broken.reason;
	}

	return {copied, bytes, verified, failed};
};
