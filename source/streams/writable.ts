import type {Buffer} from 'node:buffer';
import {Writable} from 'node:stream';
import type {ObjectInfo} from '../contract/index.ts';
import {KIB} from '../utils/sizes.ts';
import type {PartWriter} from './part-writer.ts';

/** How much a producer may write before `write` says false, in bytes. What it writes is copied at once, so little is needed. */
const highWaterMark = 64 * KIB;

/** Copies a chunk into a part writer. Waits only for memory; without a promise when there is some. */
export const writeTo = (writer: PartWriter, chunk: Uint8Array): void | Promise<void> => {
	for (let offset = 0; offset < chunk.length; ) {
		const space = writer.space();
		if (space instanceof Promise) {
			return space.then(() => writeTo(writer, chunk.subarray(offset)));
		}

		const count = Math.min(space.length, chunk.length - offset);
		space.set(offset === 0 && count === chunk.length ? chunk : chunk.subarray(offset, offset + count));
		writer.filled(count);
		offset += count;
	}
};

/**
A Node.js stream over a part writer. `finish` means committed; `info` is set from then on.

Chunks are copied and not kept. An error of the upload destroys the stream at once, also while its source is silent. A stream that is destroyed before `finish` stores nothing; `close` comes when everything is cleaned up.
*/
export class ObjectWritable extends Writable {
	readonly #writer: PartWriter;
	readonly #onFailure: () => void;
	/** What the provider says about the new object. */
	info?: ObjectInfo;

	constructor(writer: PartWriter) {
		super({highWaterMark});
		this.#writer = writer;
		this.#onFailure = () => {
			this.destroy(writer.signal.reason);
		};

		writer.signal.addEventListener('abort', this.#onFailure, {once: true});
		if (writer.signal.aborted) {
			this.#onFailure();
		}
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		const written = writeTo(this.#writer, chunk);
		if (written) {
			written.then(() => callback(), callback);
		} else {
			callback();
		}
	}

	override _final(callback: (error?: Error | null) => void): void {
		this.#writer.finish().then(info => {
			this.info = info;
			callback();
		}, callback);
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#writer.signal.removeEventListener('abort', this.#onFailure);
		const settled = this.info ? Promise.resolve() : this.#writer.abort(error ?? undefined);
		settled.then(() => callback(error));
	}
}
