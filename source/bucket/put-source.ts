import {Buffer} from 'node:buffer';
import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import {SluiceError} from '../contract/index.ts';
import {type PartWriter, writeTo} from '../streams/index.ts';

/** What `put` takes bytes from. Text is written as UTF-8. */
export type PutSource =
	| string
	| ArrayBuffer
	| ArrayBufferView
	| Blob
	| Readable
	| ReadableStream<Uint8Array>
	| AsyncIterable<Uint8Array | string>;

/** Chunks one after the other, of a source that can be stopped. */
interface Chunks {
	next(): Promise<IteratorResult<unknown, unknown>>;
	/** Frees the source; may be called while `next` waits. */
	stop(): void;
}

/** The bytes of a source that lies in memory, as they are. */
export const bytesOf = (source: PutSource): Uint8Array | undefined => {
	if (typeof source === 'string') {
		return Buffer.from(source);
	}

	if (source instanceof ArrayBuffer) {
		return new Uint8Array(source);
	}

	return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : undefined;
};

const isWebStream = (source: object): source is ReadableStream<Uint8Array> =>
	'getReader' in source && typeof source.getReader === 'function';

const chunksOf = (source: PutSource): Chunks => {
	if (source instanceof Readable) {
		const iterator = source[Symbol.asyncIterator]();
		return {
			next: () => iterator.next(),
			stop: () => source.destroy(), // Without an error: nobody may be listening for it.
		};
	}

	if (typeof source === 'object' && isWebStream(source)) {
		const reader = source.getReader();
		return {
			next: async () => (await reader.read()) as IteratorResult<unknown, unknown>,
			stop: () => void reader.cancel().catch(() => {}),
		};
	}

	if (typeof source === 'object' && Symbol.asyncIterator in source) {
		const iterator = source[Symbol.asyncIterator]();
		return {
			next: () => iterator.next(),
			stop: () => void Promise.resolve(iterator.return?.()).catch(() => {}),
		};
	}

	throw new SluiceError('INVALID_ARGUMENT', 'The source must be text, bytes, a Blob, a stream or an async iterable');
};

const chunkBytes = (chunk: unknown): Uint8Array => {
	const bytes = typeof chunk === 'string' || ArrayBuffer.isView(chunk) ? bytesOf(chunk) : undefined;
	if (!bytes) {
		throw new SluiceError('INVALID_ARGUMENT', 'The source gave a chunk that is neither bytes nor text');
	}

	return bytes;
};

/** Asks for chunks, and stops waiting when the writer fails: a source may be silent for ever. */
const nextOrFailure = ({next}: Chunks, {signal}: PartWriter): Chunks['next'] => {
	let fail: ((error: unknown) => void) | undefined;
	signal.addEventListener('abort', () => fail?.(signal.reason), {once: true});

	return () =>
		new Promise((resolve, reject) => {
			fail = reject;
			signal.throwIfAborted();
			next().then(resolve, reject);
		});
};

/**
Writes all chunks of a source. When that fails, on either side, the source is stopped and the upload cleaned up before it rejects, also while the source is silent.
*/
export const pump = async (source: PutSource, writer: PartWriter): Promise<void> => {
	let chunks: Chunks | undefined;
	try {
		chunks = chunksOf(source);
		const next = nextOrFailure(chunks, writer);
		for (let chunk = await next(); !chunk.done; chunk = await next()) {
			await writeTo(writer, chunkBytes(chunk.value));
		}
	} catch (error) {
		chunks?.stop();
		await writer.abort(error);
		throw error;
	}
};
