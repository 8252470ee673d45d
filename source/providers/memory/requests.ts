import {Buffer} from 'node:buffer';
import {setImmediate} from 'node:timers/promises';
import {
	type Body,
	type ByteRange,
	type Consume,
	type ObjectInfo,
	SluiceError,
	type WriteCallOptions,
	type WriteCondition,
} from '../../contract/index.ts';
import {crc32c} from '../../streams/crc32c.ts';
import {KIB} from '../../utils/sizes.ts';
import {checkSignal, notFound} from './errors.ts';
import type {Store, StoredObject, StoredPart} from './store.ts';

/** Size of a lent chunk, as a connection would lend it. */
const chunkSize = 256 * KIB;

/** Waits a turn of the event loop, as a request would: others run, signals arrive. */
export const turn = async (signal: AbortSignal | undefined): Promise<void> => {
	checkSignal(signal);
	await setImmediate();
	checkSignal(signal);
};

/** Takes the bytes of a body into memory of its own, and checks them against the sum that comes with them. */
export const receive = async (body: Body, signal: AbortSignal | undefined): Promise<StoredPart> => {
	const bytes = Buffer.allocUnsafeSlow(body.size);
	let filled = 0;
	await body.send(chunk => {
		checkSignal(signal);
		bytes.set(chunk, filled);
		filled += chunk.length;
	});

	if (filled < body.size) {
		throw new SluiceError('SOURCE_SHORT', `The body ended after ${filled} of ${body.size} bytes`);
	}

	await turn(signal);
	const sum = crc32c(bytes);
	if (body.crc32c() !== undefined && body.crc32c() !== sum) {
		throw new SluiceError('CHECKSUM_MISMATCH', 'The bytes that came differ from their checksum');
	}

	return {bytes, crc32c: sum};
};

/** Lends the bytes of pieces from `start` to `end`, both inclusive. */
export const lend = async (
	{pieces}: StoredObject,
	{start, end}: Required<ByteRange>,
	consume: Consume,
	signal?: AbortSignal,
): Promise<void> => {
	let offset = 0;
	for (const piece of pieces) {
		const last = Math.min(piece.length, end + 1 - offset);
		for (let from = Math.max(0, start - offset); from < last; from += chunkSize) {
			checkSignal(signal);
			await consume(piece.subarray(from, Math.min(last, from + chunkSize)));
		}

		offset += piece.length;
	}

	checkSignal(signal);
};

/** The object at a key. */
export const find = (store: Store, key: string, pin?: string): StoredObject => {
	const object = store.objects.get(key);
	if (!object) {
		throw notFound();
	}

	if (pin !== undefined && object.info.revision !== pin) {
		throw new SluiceError('SOURCE_CHANGED', 'The object was replaced');
	}

	return object;
};

const checkCondition = (current: StoredObject | undefined, condition: WriteCondition | undefined): void => {
	if (condition?.absent && current) {
		throw new SluiceError('ALREADY_EXISTS', 'The object exists');
	}

	if (condition?.revision !== undefined && current?.info.revision !== condition.revision) {
		throw new SluiceError('PRECONDITION_FAILED', 'The object is not at this revision');
	}
};

/** Makes an object visible, in one step, if its condition holds. */
export const commit = (
	store: Store,
	key: string,
	content: Pick<StoredObject, 'pieces'> & {crc32c: number},
	options: WriteCallOptions,
): ObjectInfo => {
	const {headers = {}, metadata, storageClass, condition} = options;
	checkCondition(store.objects.get(key), condition);
	const revision = store.nextRevision();
	const info: ObjectInfo = {
		key,
		size: content.pieces.reduce((size, piece) => size + piece.length, 0),
		modified: new Date(),
		etag: revision,
		revision,
		storageClass,
		headers: {...headers},
		metadata: Object.assign(Object.create(null), metadata),
		checksums: {crc32c: content.crc32c},
	};

	store.set(key, {info, pieces: content.pieces});
	return info;
};
