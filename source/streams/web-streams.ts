import {type ReadableByteStreamController, ReadableStream, WritableStream, type WritableStreamDefaultController} from 'node:stream/web';
import {cancelled} from '../contract/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import type {PartWriter} from './part-writer.ts';
import {type LentRead, ownCopy} from './readable.ts';
import {writeTo} from './writable.ts';

/** The source of a web stream of bytes: fills the reader's own buffer where it brought one. */
class LentSource {
	readonly type = 'bytes';
	readonly #read: LentRead;
	readonly #signal?: AbortSignal;
	readonly #controller = new AbortController();
	#unfollow?: () => void;
	#reading?: Promise<void>;
	/** The stream wants bytes that it was not given yet. */
	#wanted = false;
	#pulled?: () => void;

	constructor(read: LentRead, signal?: AbortSignal) {
		this.#read = read;
		this.#signal = signal;
	}

	start(controller: ReadableByteStreamController): void {
		this.#unfollow = onAbort(this.#signal, () => {
			const error = cancelled(this.#signal!);
			controller.error(error);
			this.#stop(error);
		});
	}

	/** Returns at once: the next pull comes when the queue has room again. */
	pull(controller: ReadableByteStreamController): void {
		this.#wanted = true;
		if (this.#reading) {
			this.#pulled?.();
		} else {
			this.#reading = this.#start(controller);
		}
	}

	async cancel(reason: unknown): Promise<void> {
		this.#stop(reason);
		await this.#reading;
	}

	#stop(reason: unknown): void {
		this.#unfollow?.();
		this.#controller.abort(reason);
		this.#pulled?.();
	}

	async #start(controller: ReadableByteStreamController): Promise<void> {
		await null; // Who stops the read at its first chunk must find its promise.
		try {
			await this.#read(chunk => this.#take(chunk, controller), this.#controller.signal);
			controller.close();
			controller.byobRequest?.respond(0);
		} catch (error) {
			if (!this.#controller.signal.aborted) {
				controller.error(error);
			}
		} finally {
			this.#unfollow?.();
		}
	}

	async #take(chunk: Uint8Array, controller: ReadableByteStreamController): Promise<void> {
		for (let offset = 0; offset < chunk.length; ) {
			this.#controller.signal.throwIfAborted();
			this.#wanted = false;
			offset += give(chunk.subarray(offset), controller);
			if (!this.#wanted && (controller.desiredSize ?? 0) <= 0) {
				await this.#nextPull();
			}
		}

		this.#controller.signal.throwIfAborted();
	}

	async #nextPull(): Promise<void> {
		await new Promise<void>(resolve => {
			this.#pulled = resolve;
		});
		this.#pulled = undefined;
	}
}

/** Gives the reader as much as it has room for; everything, as a copy, where it did not bring a buffer. */
const give = (chunk: Uint8Array, controller: ReadableByteStreamController): number => {
	const request = controller.byobRequest;
	if (!request?.view) {
		controller.enqueue(ownCopy(chunk));
		return chunk.length;
	}

	const view = new Uint8Array(request.view.buffer, request.view.byteOffset, request.view.byteLength);
	const count = Math.min(view.length, chunk.length);
	view.set(chunk.subarray(0, count));
	request.respond(count);
	return count;
};

/** A web stream over a lent read. `cancel` closes the connection before it settles. */
export const toReadableStream = (read: LentRead, signal?: AbortSignal): ReadableStream<Uint8Array> =>
	new ReadableStream(new LentSource(read, signal));

/** A web stream over a part writer. `close` means committed; `abort` has cleaned up when it settles. */
export const toWritableStream = (writer: PartWriter): WritableStream<Uint8Array> =>
	new WritableStream({
		start(controller: WritableStreamDefaultController) {
			onAbort(writer.signal, () => {
				if (!controller.signal.aborted) {
					controller.error(writer.signal.reason);
					writer.abort(); // The stream does not call its sink any more.
				}
			});
			// A write that waits for memory would hold up `abort`.
			onAbort(controller.signal, () => writer.abort(controller.signal.reason));
		},
		write: chunk => writeTo(writer, chunk),
		async close() {
			await writer.finish();
		},
		abort: reason => writer.abort(reason),
	});
