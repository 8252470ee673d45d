import pLimit from 'p-limit';
import {type CallOptions, cancelled, type Driver, type SluiceError, toSluiceError} from '../contract/index.ts';
import {checkKey} from './check-key.ts';

export interface RemoveManyOptions extends CallOptions {
	/** Most requests at a time. Default 4. */
	readonly concurrency?: number;
}

export interface RemoveManyResult {
	/** How many keys are gone, those that did not exist included. */
	readonly removed: number;
	readonly failed: readonly {readonly key: string; readonly error: SluiceError}[];
}

interface Failure {
	readonly key: string;
	readonly error: SluiceError;
}

/** Cuts keys into batches; one that cannot be a key is told instead. */
async function* batches(
	keys: Iterable<string> | AsyncIterable<string>,
	{removeBatch, keyMaximum}: Driver['capabilities'],
	refuse: (failure: Failure) => void,
): AsyncGenerator<readonly string[], void, undefined> {
	let batch = new Set<string>();
	for await (const key of keys) {
		try {
			checkKey(key, keyMaximum);
		} catch (error) {
			refuse({key, error: toSluiceError(error)});
			continue;
		}

		batch.add(key);
		if (batch.size === removeBatch) {
			yield [...batch];
			batch = new Set();
		}
	}

	if (batch.size > 0) {
		yield [...batch];
	}
}

/** Removes any number of keys; takes the next ones from their source only when a request is free. A key that fails does not stop the others. */
export const removeMany = async (
	driver: Driver,
	keys: Iterable<string> | AsyncIterable<string>,
	{signal, concurrency = 4}: RemoveManyOptions,
): Promise<RemoveManyResult> => {
	const limit = pLimit(concurrency);
	const failed: Failure[] = [];
	const running = new Set<Promise<void>>();
	let removed = 0;

	const remove = async (batch: readonly string[]): Promise<void> => {
		try {
			for (const {key, error} of await driver.remove(batch, {signal})) {
				if (error) {
					failed.push({key, error: toSluiceError(error, {operation: 'remove', key})});
				} else {
					removed++;
				}
			}
		} catch (error) {
			failed.push(...batch.map(key => ({key, error: toSluiceError(error)})));
		}
	};

	try {
		for await (const batch of batches(keys, driver.capabilities, failure => failed.push(failure))) {
			const request = limit(remove, batch).finally(() => running.delete(request));
			running.add(request);
			if (running.size >= concurrency) {
				await Promise.race(running);
			}

			if (signal?.aborted) {
				break;
			}
		}
	} finally {
		await Promise.all(running);
	}

	if (signal?.aborted) {
		throw cancelled(signal);
	}

	return {removed, failed};
};
