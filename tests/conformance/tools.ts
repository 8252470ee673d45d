import {Buffer} from 'node:buffer';
import {Readable} from 'node:stream';
import type {ExecutionContext} from 'ava';
import type {Bucket} from '../../source/bucket/index.ts';
import type {ErrorCode, SluiceError} from '../../source/contract/index.ts';

/** Bytes that look random and are the same every time. */
export const content = (size: number, seed = 1): Buffer<ArrayBuffer> => {
	const words = new Uint32Array(Math.ceil(size / 4));
	let state = (seed * 0x9e3779b9) >>> 0 || 1;
	for (let index = 0; index < words.length; index++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		words[index] = state;
	}

	return Buffer.from(words.buffer, 0, size);
};

/** The bytes in chunks of a size. */
export function* chunksOf(bytes: Buffer, chunkSize: number): Generator<Buffer, void, undefined> {
	for (let offset = 0; offset < bytes.length; offset += chunkSize) {
		yield bytes.subarray(offset, offset + chunkSize);
	}
}

/** A stream of these bytes that then fails with `source broke`. */
export const breakingSource = (bytes: Buffer): Readable =>
	Readable.from(
		(async function* () {
			yield bytes;
			throw new Error('source broke');
		})(),
	);

/** A stream of these bytes that then is silent for ever. */
export const stallingSource = (bytes: Buffer): Readable => {
	const source = new Readable({read() {}});
	source.push(bytes);
	return source;
};

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
	const all: T[] = [];
	for await (const item of items) {
		all.push(item);
	}

	return all;
};

export const keysOf = async (bucket: Bucket, options: Parameters<Bucket['pages']>[0] = {}): Promise<string[]> => {
	const pages = await collect(bucket.pages(options));
	return pages.flatMap(page => page.entries.map(({key}) => key));
};

/** Asserts that a call fails with a `SluiceError` of one of these codes. */
export const failsWith = async (t: ExecutionContext, call: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<SluiceError> => {
	const error = await t.throwsAsync<SluiceError>(call, {name: 'SluiceError'});
	t.true(codes.includes(error.code), `${error.code} (${error.message}) is none of ${codes.join(', ')}`);
	return error;
};

/** Asserts that a failed write has left nothing: no object, no unfinished upload. */
export const assertNothingLeft = async (t: ExecutionContext, bucket: Bucket, key: string): Promise<void> => {
	await failsWith(t, bucket.stat(key), 'NOT_FOUND');
	t.deepEqual(await keysOf(bucket), []);
	await assertNoUploads(t, bucket);
};

export const assertNoUploads = async (t: ExecutionContext, bucket: Bucket): Promise<void> => {
	if (bucket.capabilities.uploads) {
		t.deepEqual(await collect(bucket.uploads()), []);
	}
};

/** Asserts what an object holds, without printing megabytes. */
export const assertContent = async (t: ExecutionContext, bucket: Bucket, key: string, expected: Uint8Array): Promise<void> => {
	const bytes = await bucket.bytes(key, {maximum: '1GiB'});
	t.is(bytes.length, expected.length);
	t.true(bytes.equals(expected), 'the bytes differ');
};
