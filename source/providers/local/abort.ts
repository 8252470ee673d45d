import {cancelled} from '../../contract/index.ts';
import {onAbort} from '../../utils/on-abort.ts';

/** Throws `CANCELLED` when the signal is aborted. */
export const checkAborted = (signal: AbortSignal | undefined): void => {
	if (signal?.aborted) {
		throw cancelled(signal);
	}
};

/**
Waits for somebody else's promise, but no longer than until the signal is aborted. What the promise does later is ignored.

@throws {SluiceError} `CANCELLED`.
*/
export const orAborted = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
	if (!signal) {
		return promise;
	}

	return new Promise((resolve, reject) => {
		const off = onAbort(signal, () => reject(cancelled(signal)));
		promise.then(resolve, reject).finally(off);
	});
};
