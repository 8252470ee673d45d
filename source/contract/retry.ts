import {onAbort} from '../utils/on-abort.ts';
import {KIB} from '../utils/sizes.ts';
import {cancelled, SluiceError} from './errors.ts';

/** The numbers of the one retry layer. */
export interface RetryPolicy {
	/** Tries without progress. Default 5. */
	readonly attempts: number;
	/** First pause after a transient failure, doubled each time, in milliseconds; the real pause is random between 0 and it. Default 50. */
	readonly transientMilliseconds: number;
	/** The same after the server asked for fewer requests. Default 1000. */
	readonly throttledMilliseconds: number;
	/** Longest pause. Default 20 000. */
	readonly longestMilliseconds: number;
	/** Longest pause that a server may ask for by `Retry-After`. Default 60 000. */
	readonly retryAfterMilliseconds: number;
	/** Longest time from the first failure without progress. Default 15 minutes. */
	readonly outageMilliseconds: number;
	/** Bytes that count as progress. Default 64 KiB. */
	readonly progressBytes: number;
	/** Size of the token bucket that all calls of a bucket share, so that an outage makes no storm. Default 500. */
	readonly budget: number;
}

export const defaultRetryPolicy: RetryPolicy = {
	attempts: 5,
	transientMilliseconds: 50,
	throttledMilliseconds: 1000,
	longestMilliseconds: 20_000,
	retryAfterMilliseconds: 60_000,
	outageMilliseconds: 15 * 60_000,
	progressBytes: 64 * KIB,
	budget: 500,
};

/** What a retry takes from the bucket, and what a success puts back. */
const cost = {transient: 14, throttled: 5, success: 1};

export interface RetryEvent {
	readonly error: SluiceError;
	/** The try that failed, from 1. */
	readonly attempt: number;
	readonly pauseMilliseconds: number;
}

export interface RetryRunOptions {
	readonly signal?: AbortSignal;
	/** Bytes gained so far; a gain of `progressBytes` since the last failure starts the count of attempts anew. */
	readonly progress?: () => number;
	readonly onRetry?: (event: RetryEvent) => void;
}

/** Clock and chance, so that tests need not wait. */
export interface RetryMeans {
	readonly now: () => number;
	/** From 0 to 1. */
	readonly random: () => number;
	/** Waits; rejects when the signal is aborted. */
	readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Repeats what failed for a reason that may pass. One for each bucket: its calls share a token bucket. */
export interface Retrier {
	run<T>(attempt: () => Promise<T>, options?: RetryRunOptions): Promise<T>;
}

/**
How long to wait before the next try, in milliseconds: full jitter, doubling from the base of the kind of failure, or what the server asked for, plus up to a fifth.
*/
export const pauseBefore = (error: SluiceError, attempt: number, policy: RetryPolicy, random: () => number): number => {
	const asked = error.retryAfterMilliseconds;
	if (asked !== undefined && asked >= 0) {
		return Math.min(asked, policy.retryAfterMilliseconds) * (1 + random() / 5);
	}

	const base = error.retry === 'throttled' ? policy.throttledMilliseconds : policy.transientMilliseconds;
	return random() * Math.min(policy.longestMilliseconds, base * 2 ** (attempt - 1));
};

const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
	new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			unfollow();
			resolve();
		}, milliseconds);
		const unfollow = onAbort(signal, () => {
			clearTimeout(timer);
			reject(cancelled(signal!));
		});
	});

const systemMeans: RetryMeans = {now: () => performance.now(), random: Math.random, sleep};

/**
Makes the retry layer of a bucket.

An attempt is repeated when it rejects with a `SluiceError` whose `retry` is not `never`, the attempts without progress and the outage time are not spent, and the token bucket can pay. Else its error comes out, with `attempts` filled in. What is not a `SluiceError` (an error of the caller's source, a bug) is never repeated.
*/
export const createRetrier = (policy: RetryPolicy = defaultRetryPolicy, means: RetryMeans = systemMeans): Retrier => {
	let tokens = policy.budget;

	const pay = (error: SluiceError): boolean => {
		if (error.code === 'LOCAL_FAILED') {
			return true; // What this machine lacks for a moment makes no storm on a server.
		}

		const price = error.retry === 'throttled' ? cost.throttled : cost.transient;
		if (tokens < price) {
			return false;
		}

		tokens -= price;
		return true;
	};

	return {
		async run(attempt, {signal, progress, onRetry} = {}) {
			let tries = 0; // All of them, for the error.
			let fruitless = 0;
			let gained = progress?.() ?? 0;
			let failingSince: number | undefined;

			for (;;) {
				if (signal?.aborted) {
					throw cancelled(signal);
				}

				tries++;
				try {
					const result = await attempt();
					tokens = Math.min(policy.budget, tokens + (tries > 1 ? cost.transient : cost.success));
					return result;
				} catch (error) {
					if (!(error instanceof SluiceError)) {
						throw error;
					}

					const now = progress?.() ?? 0;
					if (now - gained >= policy.progressBytes) {
						gained = now;
						fruitless = 0;
						failingSince = undefined;
					}

					fruitless++;
					failingSince ??= means.now();
					const spent = fruitless >= policy.attempts || means.now() - failingSince >= policy.outageMilliseconds;
					if (error.retry === 'never' || spent || signal?.aborted || !pay(error)) {
						throw error.describe({attempts: tries});
					}

					const pauseMilliseconds = pauseBefore(error, fruitless, policy, means.random);
					onRetry?.({error, attempt: tries, pauseMilliseconds});
					await means.sleep(pauseMilliseconds, signal);
				}
			}
		},
	};
};
