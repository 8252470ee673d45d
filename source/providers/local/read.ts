import type {Buffer} from 'node:buffer';
import type {BigIntStats} from 'node:fs';
import type {ByteRange, Consume, ObjectInfo, ReadAnswer, ReadCallOptions} from '../../contract/index.ts';
import {checkAborted, orAborted} from './abort.ts';
import {bufferSize, giveBuffer, takeBuffer} from './buffers.ts';
import {flags} from './disk.ts';
import {type At, localError} from './errors.ts';
import {assertFile, revisionOf, toInfo} from './info.ts';
import {nothingKept, readRecord} from './metadata.ts';
import {encodeKey} from './names.ts';
import type {Tree} from './tree.ts';

const boundsOf = (at: At, size: number, range: ByteRange | undefined): {start: number; length: number} => {
	if (!range) {
		return {start: 0, length: size};
	}

	const {start, end = size - 1} = range;
	if (start >= size) {
		throw localError('RANGE_NOT_SATISFIABLE', `the range begins at ${start}, the object has ${size} bytes`, at);
	}

	return {start, length: Math.min(end, size - 1) - start + 1};
};

/** An open file, and what it was when it was opened. */
export interface Source {
	readonly tree: Tree;
	readonly at: At;
	readonly handle: number;
	readonly before: BigIntStats;
	readonly info: ObjectInfo;
}

/** Opens the file of a key, and reads what is kept of it; `undefined` when the file was replaced in between. */
const openWhole = async (tree: Tree, at: At, key: string, pin: string | undefined): Promise<Source | undefined> => {
	const path = encodeKey(key);
	const handle = await tree.openFile(at, path, flags.read);
	try {
		const before = tree.disk.fstat(at, handle);
		assertFile(at, before);
		if (pin !== undefined && pin !== revisionOf(before)) {
			throw localError('SOURCE_CHANGED', 'the object was replaced since its revision was asked for', at);
		}

		const kept = await readRecord(tree, at, path, before);
		if (kept === nothingKept && tree.disk.fstat(at, handle).nlink === 0n) {
			tree.disk.close(handle);
			return undefined; // Whoever replaced it has removed its record.
		}

		return {tree, at, handle, before, info: toInfo(key, before, kept)};
	} catch (error) {
		tree.disk.close(handle);
		throw error;
	}
};

/**
Opens a file to read it. Its handle is to be closed.

@throws `NOT_FOUND`, `BUCKET_NOT_FOUND`, `UNSAFE_PATH`, `SOURCE_CHANGED` when it is not at the pinned revision.
*/
export const openSource = async (tree: Tree, at: At, key: string, pin: string | undefined): Promise<Source> => {
	for (;;) {
		const source = await openWhole(tree, at, key, pin);
		if (source) {
			return source;
		}
	}
};

/** In place, by whoever writes into the file that we read. A file renamed over it is another one; ours goes on to its end. */
export const assertUnchanged = ({tree, at, handle, before}: Source): void => {
	if (revisionOf(tree.disk.fstat(at, handle)) !== revisionOf(before)) {
		throw localError('SOURCE_CHANGED', 'the file was changed while it was read', at);
	}
};

const readChunk = async (source: Source, buffer: Buffer, position: number, bytes: number): Promise<Uint8Array> => {
	const {tree, at, handle} = source;
	const got = await tree.disk.read(at, handle, buffer, bytes, position);
	if (got < bytes) {
		assertUnchanged(source);
		throw localError('TRUNCATED', `the file ended after ${position + got} bytes`, at);
	}

	return buffer.subarray(0, bytes);
};

/** Hands the bytes on, the next ones being read while the consumer has the ones before. */
const pump = async (source: Source, start: number, length: number, consume: Consume, signal: AbortSignal | undefined): Promise<void> => {
	const end = start + length;
	const next = (buffer: Buffer, position: number) => {
		const chunk = readChunk(source, buffer, position, Math.min(bufferSize, end - position));
		chunk.catch(() => {}); // Reported when it is waited for, unless the consumer fails first.
		return chunk;
	};

	let filling = takeBuffer();
	let spare = length > bufferSize ? takeBuffer() : undefined;
	let reading = next(filling, start);
	let lent = false;
	try {
		for (let position = start; position < end; ) {
			const chunk = await reading;
			position += chunk.length;
			if (spare && position < end) {
				[filling, spare] = [spare, filling];
				reading = next(filling, position);
			} else if (position === end) {
				assertUnchanged(source);
			}

			checkAborted(signal);
			const taken = consume(chunk);
			if (taken) {
				lent = true;
				await orAborted(taken, signal);
				lent = false;
			}
		}
	} finally {
		await reading.catch(() => {});
		// A consumer that was left behind may still look at its chunk.
		if (!(lent && signal?.aborted)) {
			giveBuffer(filling);
			if (spare) {
				giveBuffer(spare);
			}
		}
	}
};

/**
Reads a file. A read of a file that is replaced by `rename` gives all of the old one; one that is written in place meanwhile is `SOURCE_CHANGED`, before its last chunk is handed on.

Memory: two buffers of 512 KiB, one for a range up to that size.
*/
export const readObject = async (
	tree: Tree,
	key: string,
	{range, pin, onAnswer, signal}: ReadCallOptions,
	consume: Consume,
): Promise<ReadAnswer> => {
	checkAborted(signal);
	const at = {operation: 'read', key};
	const source = await openSource(tree, at, key, pin);
	try {
		const {start, length} = boundsOf(at, source.info.size, range);
		const answer = {info: source.info, start, length};
		onAnswer?.(answer);
		if (length > 0) {
			await pump(source, start, length, consume, signal);
		}

		return answer;
	} finally {
		tree.disk.close(source.handle);
	}
};
