import {Buffer} from 'node:buffer';
import {fstatSync, read as readFd} from 'node:fs';
import net from 'node:net';
import process from 'node:process';
import {isatty} from 'node:tty';
import {promisify} from 'node:util';
import type {PartWriter} from '../index.ts';
import {KIB, MIB} from '../utils/sizes.ts';

/** Called with the number of bytes that were read. */
type OnBytes = (bytes: number) => void;

const read = promisify(readFd);
const chunkMaximum = MIB;

/** Half of what a pipe holds: the writer fills the other half meanwhile. Measured: 20 % faster than reads of all that is there. */
const pipeChunk = 32 * KIB;
const spillSize = 64 * KIB;

/** Files and devices: one read after the other, from where the descriptor stands. */
const fromFile = async (writer: PartWriter, onBytes: OnBytes): Promise<void> => {
	for (;;) {
		const space = await writer.space();
		writer.signal.throwIfAborted();
		const {bytesRead} = await read(0, space, 0, Math.min(space.length, chunkMaximum), null);
		if (bytesRead === 0) {
			return;
		}

		writer.filled(bytesRead);
		onBytes(bytesRead);
	}
};

/** Copies a chunk into the writer; gives the space behind it. */
const copyInto = (writer: PartWriter, space: Uint8Array, chunk: Uint8Array): Uint8Array | Promise<Uint8Array> => {
	const length = Math.min(space.length, chunk.length);
	space.set(chunk.subarray(0, length));
	writer.filled(length);
	const next = writer.space();
	if (length === chunk.length) {
		return next;
	}

	const rest = chunk.subarray(length);
	return next instanceof Promise ? next.then(later => copyInto(writer, later, rest)) : copyInto(writer, next, rest);
};

/**
Pipes and sockets: the kernel writes straight into the writer's buffers, without a stream between.

Node.js asks for the next buffer before it can be told to wait. When the writer has none, it gets a small one instead, and what comes first after the pause is copied from there.
*/
const fromPipe = async (writer: PartWriter, onBytes: OnBytes): Promise<void> => {
	const spill = Buffer.allocUnsafeSlow(spillSize);
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	let space = await writer.space();
	let isPaused = false;

	const take = (length: number, buffer: Uint8Array): Uint8Array | Promise<Uint8Array> => {
		onBytes(length);
		if (buffer === spill) {
			return copyInto(writer, space, spill.subarray(0, length));
		}

		writer.filled(length);
		return writer.space();
	};

	const goOn = (next: Uint8Array) => {
		space = next;
		isPaused = false;
		socket.resume();
	};

	const callback = (length: number, buffer: Uint8Array): boolean => {
		try {
			const next = take(length, buffer);
			isPaused = next instanceof Promise;
			if (next instanceof Promise) {
				next.then(goOn, reject);
			} else {
				space = next;
			}
		} catch (error) {
			isPaused = true;
			reject(error);
		}

		return !isPaused;
	};

	const socket: net.Socket = new net.Socket({
		fd: 0,
		readable: true,
		writable: false,
		onread: {buffer: () => (isPaused ? spill : space.subarray(0, pipeChunk)), callback},
	});
	const {signal} = writer;
	const onAbort = () => reject(signal.reason);
	signal.addEventListener('abort', onAbort, {once: true});
	socket.on('end', resolve).on('error', reject).resume();
	try {
		await promise;
	} finally {
		signal.removeEventListener('abort', onAbort);
		socket.destroy();
	}
};

/** What somebody types. */
const fromTerminal = async (writer: PartWriter, onBytes: OnBytes): Promise<void> => {
	let space = await writer.space();
	for await (const chunk of process.stdin.iterator({destroyOnReturn: true}) as AsyncIterable<Buffer>) {
		writer.signal.throwIfAborted();
		space = await copyInto(writer, space, chunk);
		onBytes(chunk.length);
	}
};

/** Reads standard input to its end into a writer. Does not finish it. */
export const readStdin = async (writer: PartWriter, onBytes: OnBytes): Promise<void> => {
	const kind = fstatSync(0);
	if (kind.isFIFO() || kind.isSocket()) {
		return fromPipe(writer, onBytes);
	}

	return isatty(0) ? fromTerminal(writer, onBytes) : fromFile(writer, onBytes);
};
