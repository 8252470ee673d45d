import process from 'node:process';
import {escapeControls} from '../utils/escape-controls.ts';

/**
Standard output with back-pressure, for bytes that are lent until a write is done. When the reader goes away (`| head`), writes reject and `isBroken` tells that this is no failure.
*/
export class Output {
	isBroken = false;
	readonly isTerminal = process.stdout.isTTY === true;
	readonly #signal: AbortSignal;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
		process.stdout.on('error', (error: NodeJS.ErrnoException) => {
			this.isBroken ||= error.code === 'EPIPE';
		});
	}

	/** Resolves when the bytes were handed on; rejects when they cannot be, or on abort. */
	async write(chunk: Uint8Array | string): Promise<void> {
		const {promise, resolve, reject} = Promise.withResolvers<void>();
		const onAbort = () => reject(this.#signal.reason);
		this.#signal.addEventListener('abort', onAbort, {once: true});
		process.stdout.write(chunk, error => (error ? reject(error) : resolve()));
		try {
			await promise;
		} finally {
			this.#signal.removeEventListener('abort', onAbort);
		}
	}

	/** Text from outside, such as a key: as it is, but harmless on a terminal. */
	text(text: string): string {
		return this.isTerminal ? escapeControls(text) : text;
	}
}
