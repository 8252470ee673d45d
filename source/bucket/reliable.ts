import {
	type CallOptions,
	cancelled,
	type Driver,
	type ErrorContext,
	type ListPageOptions,
	type Retrier,
	type RetryEvent,
	SluiceError,
	toSluiceError,
} from '../contract/index.ts';
import {CallerError} from './caller-error.ts';
import {reliableRead} from './reliable-read.ts';
import {reliableRemove} from './reliable-remove.ts';
import {reliableUploads} from './reliable-uploads.ts';
import {reliablePut, reliableSession} from './reliable-writes.ts';

export interface ReliableOptions {
	/** Name of the configured bucket, for errors. */
	readonly bucket?: string;
	/** Told before each pause. What it throws is ignored. */
	readonly onRetry?: (event: RetryEvent & {readonly operation: string; readonly key?: string}) => void;
}

export interface AttemptContext extends CallOptions {
	readonly operation: string;
	readonly key?: string;
	readonly part?: number;
	/** Bytes gained so far. */
	readonly progress?: () => number;
}

/** Runs a call through the retry layer; its errors say what was called, those of the caller stay untouched. */
export type Attempts = <T>(context: AttemptContext, attempt: (number: number) => Promise<T>) => Promise<T>;

const createAttempts =
	(provider: string, retrier: Retrier, {bucket, onRetry}: ReliableOptions): Attempts =>
	async ({operation, key, part, signal, progress}, attempt) => {
		const context: ErrorContext = {provider, bucket, operation, key, part};
		const tell = (event: RetryEvent) => {
			try {
				onRetry?.({...event, operation, key});
			} catch {}
		};

		const ours = (error: unknown): unknown => {
			if (error instanceof CallerError || error instanceof SluiceError) {
				return error;
			}

			return signal?.aborted ? cancelled(signal) : toSluiceError(error);
		};

		let number = 0;
		try {
			return await retrier.run(
				async () => {
					try {
						return await attempt(++number);
					} catch (error) {
						throw ours(error);
					}
				},
				{signal, progress, onRetry: tell},
			);
		} catch (error) {
			throw error instanceof CallerError ? error.error : toSluiceError(error, context);
		}
	};

/** The driver under a reliable one, for those verbs that take another driver. */
const plainDrivers = new WeakMap<Driver, Driver>();
const plain = (driver: Driver): Driver => plainDrivers.get(driver) ?? driver;

/** Verbs that a provider may lack. */
const optionalVerbs = (driver: Driver, attempts: Attempts): Partial<Driver> => ({
	begin:
		driver.begin &&
		(async (key, options) => {
			const session = await attempts({operation: 'begin', key, signal: options.signal}, () => driver.begin!(key, options));
			return reliableSession(driver, attempts, key, session);
		}),
	putWhole:
		driver.putWhole &&
		((key, body, options) => attempts({operation: 'put', key, signal: options.signal}, () => driver.putWhole!(key, body, options))),
	resume: driver.resume && (token => reliableSession(driver, attempts, undefined, driver.resume!(token))),
	uploads: driver.uploads && (options => reliableUploads(driver, attempts, options)),
	copyFrom:
		driver.copyFrom &&
		((source, sourceKey, key, options) =>
			attempts({operation: 'copy', key, signal: options.signal}, () => driver.copyFrom!(plain(source), sourceKey, key, options))),
	canCopyFrom: driver.canCopyFrom && (source => driver.canCopyFrom!(plain(source))),
	sign: driver.sign && ((key, options) => attempts({operation: 'sign', key}, () => driver.sign!(key, options))),
	createBucket:
		driver.createBucket && (options => attempts({operation: 'create', signal: options.signal}, () => driver.createBucket!(options))),
});

/**
The one retry layer: a driver whose verbs are repeated when they fail for a reason that may pass, and whose errors name bucket, provider, operation and key.

- `read` goes on where a body broke off, pinned to the revision of the first answer.
- `put` and `part` are sent again; errors of the caller's own source or consumer come out untouched and are never repeated.
- A commit whose answer was lost is looked up instead of being reported as a failure.
- `remove` repeats only the keys that failed.
*/
export const reliable = (driver: Driver, retrier: Retrier, options: ReliableOptions = {}): Driver => {
	const attempts = createAttempts(driver.capabilities.provider, retrier, options);

	const verbs: Driver = {
		...optionalVerbs(driver, attempts),
		capabilities: driver.capabilities,
		location: driver.location,
		stat: (key, options) => attempts({operation: 'stat', key, signal: options.signal}, () => driver.stat(key, options)),
		list: (options: ListPageOptions) => attempts({operation: 'list', signal: options.signal}, () => driver.list(options)),
		remove: (keys, options) => reliableRemove(driver, attempts, keys, options),
		read: (key, options, consume) => reliableRead(driver, attempts, key, options, consume),
		put: (key, body, options) => reliablePut(driver, attempts, key, body, options),
		close: () => driver.close(),
	};

	plainDrivers.set(verbs, driver);
	return verbs;
};
