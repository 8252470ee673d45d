import type {Body, Consume} from '../contract/index.ts';

/** Carries an error of the caller (its consumer, its source) through the retry layer, which repeats nothing but a `SluiceError`. */
export class CallerError {
	readonly error: unknown;

	constructor(error: unknown) {
		this.error = error;
	}
}

/** What a transfer lends to, or takes from, the caller, watched: whose error it is, and whether the caller is still busy. */
export interface Watched<T> {
	readonly given: T;
	/** The caller's own error, if it has failed. */
	failure(): CallerError | undefined;
	/** Resolves when the caller is done with what it was lent. */
	idle(): Promise<unknown> | undefined;
}

/** @param before - Called with each chunk; what it throws is not the consumer's error. */
export const watchConsume = (consume: Consume, before: (chunk: Uint8Array) => void): Watched<Consume> => {
	let failure: CallerError | undefined;
	let pending: Promise<void> | undefined;

	const fail = (error: unknown): never => {
		failure = new CallerError(error);
		throw error;
	};

	return {
		failure: () => failure,
		idle: () => pending?.catch(() => {}),
		given(chunk) {
			before(chunk);
			try {
				const result: unknown = consume(chunk);
				pending = typeof result === 'object' ? Promise.resolve(result as Promise<void>).catch(fail) : undefined; // JavaScript callers return anything.
				return pending;
			} catch (error) {
				return fail(error);
			}
		},
	};
};

/** @param progress - Told after each chunk how many bytes this sending has written. */
export const watchBody = (body: Body, progress: (sent: number) => void): Watched<Body> => {
	let failure: CallerError | undefined;
	let pending: Promise<void> | undefined;

	const send = async (write: Consume): Promise<void> => {
		let sent = 0;
		const sink = watchConsume(write, () => {});
		try {
			await body.send(chunk => {
				const written = sink.given(chunk);
				sent += chunk.length;
				progress(sent);
				return written;
			});
		} catch (error) {
			const ofSink = sink.failure();
			if (ofSink) {
				throw ofSink.error;
			}

			failure = new CallerError(error);
			throw error;
		}
	};

	return {
		failure: () => failure,
		idle: () => pending?.catch(() => {}),
		given: {
			size: body.size,
			crc32c: () => body.crc32c(),
			send(write) {
				pending = send(write);
				return pending;
			},
		},
	};
};
