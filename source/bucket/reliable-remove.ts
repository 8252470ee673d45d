import {type CallOptions, type Driver, type RemoveOutcome, SluiceError} from '../contract/index.ts';
import type {Attempts} from './reliable.ts';

const passing = (error: unknown): error is SluiceError => error instanceof SluiceError && error.retry !== 'never';

const unanswered = (key: string): RemoveOutcome => ({
	key,
	error: new SluiceError('BAD_RESPONSE', 'The answer says nothing about this key', {key}),
});

/**
Removes keys and repeats the removal of those that failed for a reason that may pass.

@returns One outcome a key. Rejects only when a request failed as a whole.
*/
export const reliableRemove = async (
	driver: Driver,
	attempts: Attempts,
	keys: readonly string[],
	options: CallOptions,
): Promise<readonly RemoveOutcome[]> => {
	const outcomes = new Map<string, RemoveOutcome>();
	let pending = keys;
	let ofKey: SluiceError | undefined;

	const attempt = async () => {
		ofKey = undefined;
		const answered = new Map((await driver.remove(pending, options)).map(outcome => [outcome.key, outcome]));
		for (const key of pending) {
			outcomes.set(key, answered.get(key) ?? unanswered(key));
		}

		pending = pending.filter(key => passing(outcomes.get(key)!.error));
		if (pending.length > 0) {
			ofKey = outcomes.get(pending[0]!)!.error as SluiceError;
			throw ofKey;
		}
	};

	try {
		await attempts({operation: 'remove', key: keys.length === 1 ? keys[0] : undefined, signal: options.signal}, attempt);
	} catch (error) {
		if (error !== ofKey) {
			throw error;
		}
	}

	return [...outcomes.values()];
};
