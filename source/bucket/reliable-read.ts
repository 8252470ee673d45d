import {type ByteRange, type Consume, type Driver, type ReadAnswer, type ReadCallOptions, SluiceError} from '../contract/index.ts';
import {CallerError, watchConsume} from './caller-error.ts';
import type {Attempts} from './reliable.ts';

const changed = (): SluiceError => new SluiceError('SOURCE_CHANGED', 'The object was replaced while it was read');

/** Checks that an answer is what was asked for: no byte of another range reaches the consumer. */
const checkRange = ({info, start, length}: ReadAnswer, range: ByteRange | undefined): void => {
	const from = range?.start ?? 0;
	const expected = Math.min(range?.end ?? Number.POSITIVE_INFINITY, info.size - 1) - from + 1;
	if (start === from && length === expected) {
		return;
	}

	if (range && start === 0 && length === info.size) {
		throw new SluiceError('RANGE_IGNORED', `The whole object came where bytes from ${from} on were asked for`);
	}

	throw new SluiceError('RANGE_MISMATCH', `${length} bytes from ${start} on came where ${expected} from ${from} on were asked for`);
};

/** One read that goes on where it broke, as long as the object stays the same. */
class ResumingRead {
	readonly #driver: Driver;
	readonly #key: string;
	readonly #options: ReadCallOptions;
	#first?: ReadAnswer;
	/** Bytes that the consumer was given. */
	#delivered = 0;
	#answerFailure?: CallerError;

	constructor(driver: Driver, key: string, options: ReadCallOptions) {
		this.#driver = driver;
		this.#key = key;
		this.#options = options;
	}

	get delivered(): number {
		return this.#delivered;
	}

	async attempt(consume: Consume): Promise<ReadAnswer> {
		const first = this.#first;
		if (first && first.length > 0 && this.#delivered === first.length) {
			return first; // It broke behind the last byte.
		}

		const watched = watchConsume(consume, chunk => this.#count(chunk));
		const range = this.#rest();
		let answered: ReadAnswer | undefined;
		try {
			await this.#driver.read(
				this.#key,
				{
					signal: this.#options.signal,
					range,
					pin: first?.info.revision ?? this.#options.pin,
					onAnswer: answer => {
						answered = answer;
						this.#check(answer, range);
					},
				},
				watched.given,
			);
		} catch (error) {
			await watched.idle();
			throw this.#answerFailure ?? watched.failure() ?? this.#final(error);
		}

		if (!answered || this.#delivered < this.#first!.length) {
			throw this.#final(new SluiceError('TRUNCATED', `The body ended after ${this.#delivered} bytes`));
		}

		return this.#first!;
	}

	/** What is still to be read. */
	#rest(): ByteRange | undefined {
		const first = this.#first;
		if (!first || this.#delivered === 0) {
			return this.#options.range;
		}

		return {start: first.start + this.#delivered, end: first.start + first.length - 1};
	}

	#check(answer: ReadAnswer, range: ByteRange | undefined): void {
		const {pin} = this.#options;
		const {revision} = answer.info;
		const first = this.#first?.info;
		if (pin !== undefined && revision !== undefined && revision !== pin) {
			throw changed();
		}

		if (first && (first.revision !== revision || first.size !== answer.info.size || first.etag !== answer.info.etag)) {
			throw changed();
		}

		checkRange(answer, range);
		if (!first) {
			this.#first = answer;
			this.#tell(answer);
		}
	}

	#tell(answer: ReadAnswer): void {
		try {
			this.#options.onAnswer?.(answer);
		} catch (error) {
			this.#answerFailure = new CallerError(error);
			throw error;
		}
	}

	#count(chunk: Uint8Array): void {
		const most = this.#first?.length ?? 0;
		if (this.#delivered + chunk.length > most) {
			throw new SluiceError('OVERLONG', `The body goes on past its ${most} bytes`);
		}

		this.#delivered += chunk.length;
	}

	/** The error of an attempt, final where the bytes behind the last one delivered cannot be asked for. */
	#final(error: unknown): unknown {
		if (!(error instanceof SluiceError) || error.retry === 'never' || this.#delivered === 0) {
			return error;
		}

		const resumable = this.#first?.info.revision !== undefined && this.#driver.capabilities.read.ranges;
		const overlong = error.code === 'OVERLONG';
		if (resumable && !overlong) {
			return error;
		}

		const {code, message, status, providerCode, requestId} = error;
		return new SluiceError(code, message, {status, providerCode, requestId, cause: error, retry: 'never'});
	}
}

/**
Reads into `consume`, and goes on with a range where a body broke off. The consumer sees one unbroken run of bytes of one revision.

What was delivered is never asked for again. Without a revision, or without ranges, a read is repeated only while nothing was delivered. Errors of `consume` and `onAnswer` come out untouched.
*/
export const reliableRead = (
	driver: Driver,
	attempts: Attempts,
	key: string,
	options: ReadCallOptions,
	consume: Consume,
): Promise<ReadAnswer> => {
	const read = new ResumingRead(driver, key, options);
	return attempts({operation: 'read', key, signal: options.signal, progress: () => read.delivered}, () => read.attempt(consume));
};
