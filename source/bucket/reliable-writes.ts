import {
	type Body,
	type CompleteOptions,
	type Driver,
	type ErrorCode,
	type ObjectInfo,
	type PartReceipt,
	SluiceError,
	type UploadSession,
	type WriteCallOptions,
} from '../contract/index.ts';
import {crc32c} from '../streams/index.ts';
import {watchBody} from './caller-error.ts';
import type {AttemptContext, Attempts} from './reliable.ts';

/** Sends a body, again where that may help: until it is through, fails for good, or its source does. */
const sendBody = <T>(
	attempts: Attempts,
	context: AttemptContext,
	body: Body,
	send: (body: Body, attempt: number) => Promise<T>,
): Promise<T> => {
	let gained = 0;
	const progress = (sent: number) => {
		gained = Math.max(gained, sent);
	};

	return attempts({...context, progress: () => gained}, async number => {
		const watched = watchBody(body, progress);
		try {
			return await send(watched.given, number);
		} catch (error) {
			await watched.idle(); // A body is never sent twice at once.
			throw watched.failure() ?? error;
		}
	});
};

interface Expected {
	readonly size: number;
	readonly crc32c: number | undefined;
}

/** What the object at the key is, when its bytes are those that were sent: by the sum that the provider reports, else by reading them. */
const findWritten = async (driver: Driver, key: string, expected: Expected, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
	const info = await driver.stat(key, {signal}).catch((error: unknown) => {
		if (error instanceof SluiceError && error.code === 'NOT_FOUND') {
			return undefined;
		}

		throw error;
	});

	if (info?.size !== expected.size) {
		return undefined;
	}

	let sum = info.checksums.crc32c;
	if (sum === undefined) {
		sum = 0;
		await driver.read(key, {pin: info.revision, signal}, chunk => {
			sum = crc32c(chunk, sum);
		});
	}

	return sum === expected.crc32c ? info : undefined;
};

/** Calls `commit`. When it fails as it would if an earlier try had taken effect, the object is looked up. */
const reconciled = async (
	commit: () => Promise<ObjectInfo>,
	codes: readonly ErrorCode[],
	find: () => Promise<ObjectInfo | undefined>,
): Promise<ObjectInfo> => {
	try {
		return await commit();
	} catch (error) {
		const found = error instanceof SluiceError && codes.includes(error.code) ? await find() : undefined;
		if (!found) {
			throw error;
		}

		return found;
	}
};

/** What a write under a condition fails with when it has succeeded before. Of a first try it is the truth. */
const conditionCodes = (attempt: number): readonly ErrorCode[] => (attempt > 1 ? ['ALREADY_EXISTS', 'PRECONDITION_FAILED'] : []);

/** Writes an object. A conditional write that finds its own earlier try has succeeded. */
export const reliablePut = (
	driver: Driver,
	attempts: Attempts,
	key: string,
	body: Body,
	options: WriteCallOptions,
): Promise<ObjectInfo> => {
	const {signal} = options;
	return sendBody(attempts, {operation: 'put', key, signal}, body, (watched, attempt) =>
		reconciled(
			() => driver.put(key, watched, options),
			conditionCodes(attempt),
			() => findWritten(driver, key, {size: body.size, crc32c: body.crc32c()}, signal),
		),
	);
};

/** @param key - Unknown for a session that was resumed from its token: its lost answers cannot be looked up. */
export const reliableSession = (driver: Driver, attempts: Attempts, key: string | undefined, session: UploadSession): UploadSession => ({
	token: session.token,
	part: (part, options) =>
		sendBody(attempts, {operation: 'part', key, part: part.number, signal: options.signal}, part.body, body =>
			session.part({...part, body}, options),
		),
	complete: (parts: readonly PartReceipt[], options: CompleteOptions) =>
		attempts({operation: 'complete', key, signal: options.signal}, attempt =>
			reconciled(
				() => session.complete(parts, options),
				key === undefined ? [] : ['UPLOAD_NOT_FOUND', ...conditionCodes(attempt)],
				() => findWritten(driver, key!, options, options.signal),
			),
		),
	abort: options => attempts({operation: 'abort', key, signal: options.signal}, () => session.abort(options)),
});
