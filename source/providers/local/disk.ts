import fs from 'node:fs';
import process from 'node:process';
import {KIB} from '../../utils/sizes.ts';
import {type At, localError, toLocalError} from './errors.ts';

const flag = (name: string): number => (fs.constants as Readonly<Record<string, number | undefined>>)[name] ?? 0;

/** Flags of `open`; 0 where the system lacks one. */
export const flags = {
	/** Never waits at a FIFO, never follows a link, never becomes the controlling terminal. */
	read: flag('O_RDONLY') | flag('O_NOFOLLOW') | flag('O_NONBLOCK') | flag('O_NOCTTY'),
	write: flag('O_WRONLY') | flag('O_NOFOLLOW') | flag('O_NONBLOCK') | flag('O_NOCTTY'),
	/** Only when there is nothing of this name, not even a link. */
	create: flag('O_WRONLY') | flag('O_CREAT') | flag('O_EXCL') | flag('O_NOFOLLOW'),
	folder: flag('O_RDONLY') | flag('O_DIRECTORY') | flag('O_NOFOLLOW'),
	/** `O_PATH`, which Node has no name for: a handle that can only be asked what it is. Linux. */
	look: 0o10_000_000 | flag('O_NOFOLLOW'),
};

const isAbsent = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const lookNow = (path: string): fs.BigIntStats | undefined => {
	try {
		return fs.lstatSync(path, {bigint: true, throwIfNoEntry: false});
	} catch (error) {
		if (isAbsent(error)) {
			return undefined;
		}

		throw error;
	}
};

/** File systems that live in this machine, by the `f_type` of Linux: tmpfs, ramfs, ext, xfs, btrfs, zfs, f2fs, bcachefs, overlay. */
const localTypes: ReadonlySet<number> = new Set([
	0x01_02_19_94, 0x85_84_58_f6, 0xef_53, 0x58_46_53_42, 0x91_23_68_3e, 0x2f_c1_2f_c1, 0xf2_f5_20_10, 0xca_45_1a_4e, 0x79_4c_76_30,
]);

/** A call that took longer has waited for a device. */
const slowMilliseconds = 1;

/** How many calls go to the thread pool after one that waited. */
const restCalls = 100;

/** Most bytes that a call may copy while everything else waits. */
const quickRead = 256 * KIB;
const quickWrite = 1024 * KIB;

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

const ask = <T>(at: At, start: (done: Done<T>) => void): Promise<T> =>
	new Promise((resolve, reject) => {
		start((error, value) => {
			if (error) {
				reject(toLocalError(error, at));
			} else {
				resolve(value as T);
			}
		});
	});

/**
System calls of one file system, with our errors.

A call by way of the thread pool costs 5 to 8 µs of CPU more than the call itself, so that a file of 4 KiB takes 35 µs instead of 10. Small calls are therefore made at once where that is safe: on a file system of this machine (never on a network disk, where a call can hang for ever), and as long as they come back within a millisecond, which they do when the page cache has what they need. After one that waited for a device, the next hundred take the pool. What always may wait (fsync, unlink, reading a folder, much data) always takes it.
*/
export class Disk {
	#local = false;
	#rest = 0;

	/** Finds out whether the file system is one of this machine. */
	async survey(at: At, path: string): Promise<void> {
		const {type} = await ask<fs.StatsFs>(at, done => fs.statfs(path, done));
		this.#local = process.platform === 'linux' && localTypes.has(type);
	}

	#run<T>(at: At, now: () => T, later: (done: Done<T>) => void): T | Promise<T> {
		if (!this.#local || this.#rest > 0) {
			this.#rest--;
			return ask(at, later);
		}

		const began = performance.now();
		try {
			return now();
		} catch (error) {
			throw toLocalError(error, at);
		} finally {
			if (performance.now() - began > slowMilliseconds) {
				this.#rest = restCalls;
			}
		}
	}

	/** New files get mode 0666 less the umask. */
	open(at: At, path: string, mode: number): number | Promise<number> {
		return this.#run(
			at,
			() => fs.openSync(path, mode),
			done => fs.open(path, mode, done),
		);
	}

	/** Closes a file that was only read, or synced, or given up: the kernel has nothing to wait for. */
	close(handle: number): void {
		fs.closeSync(handle);
	}

	/** Of an open file: the kernel has it in memory. */
	fstat(at: At, handle: number): fs.BigIntStats {
		try {
			return fs.fstatSync(handle, {bigint: true});
		} catch (error) {
			throw toLocalError(error, at);
		}
	}

	/** `undefined` when there is nothing of this name, a file where a folder would have to be included. Never follows a link. */
	lstat(at: At, path: string): fs.BigIntStats | undefined | Promise<fs.BigIntStats | undefined> {
		return this.#run<fs.BigIntStats | undefined>(
			at,
			() => lookNow(path),
			done => fs.lstat(path, {bigint: true}, (error, stats) => (isAbsent(error) ? done(null) : done(error, stats))),
		);
	}

	/** Reads until `bytes` are there or the file ends; gives their number. */
	read(at: At, handle: number, buffer: Uint8Array, bytes: number, position: number): number | Promise<number> {
		if (bytes > quickRead) {
			return this.#readOn(at, handle, buffer, 0, bytes, position);
		}

		const first = this.#run<number>(
			at,
			() => fs.readSync(handle, buffer, 0, bytes, position),
			done => fs.read(handle, buffer, 0, bytes, position, done),
		);
		return first === bytes || first === 0 ? first : this.#readOn(at, handle, buffer, first, bytes, position);
	}

	async #readOn(at: At, handle: number, buffer: Uint8Array, before: number | Promise<number>, bytes: number, position: number) {
		let filled = await before;
		while (filled < bytes) {
			const offset = filled;
			const got = await ask<number>(at, done => fs.read(handle, buffer, offset, bytes - offset, position + offset, done));
			if (got === 0) {
				break;
			}

			filled += got;
		}

		return filled;
	}

	/** Writes all of the chunk at the position. */
	write(at: At, handle: number, chunk: Uint8Array, position: number): Promise<void> | undefined {
		if (chunk.length > quickWrite) {
			return this.#writeOn(at, handle, chunk, 0, position);
		}

		const first = this.#run<number>(
			at,
			() => fs.writeSync(handle, chunk, 0, chunk.length, position),
			done => fs.write(handle, chunk, 0, chunk.length, position, done),
		);
		if (first !== chunk.length) {
			return this.#writeOn(at, handle, chunk, first, position);
		}
	}

	async #writeOn(at: At, handle: number, chunk: Uint8Array, before: number | Promise<number>, position: number) {
		let written = await before;
		while (written < chunk.length) {
			const offset = written;
			const got = await ask<number>(at, done => fs.write(handle, chunk, offset, chunk.length - offset, position + offset, done));
			if (got === 0) {
				throw localError('LOCAL_FAILED', 'the file system takes no more bytes', at);
			}

			written += got;
		}
	}

	/** Waits until the device has it. */
	sync(at: At, handle: number): Promise<void> {
		return ask(at, done => fs.fsync(handle, done));
	}

	truncate(at: At, handle: number, size: number): Promise<void> {
		return ask(at, done => fs.ftruncate(handle, size, done));
	}

	/** A rename over a file frees that file, which may take a while. */
	rename(at: At, from: string, to: string, overFile: boolean): void | Promise<void> {
		if (overFile) {
			return ask(at, done => fs.rename(from, to, done));
		}

		return this.#run<void>(
			at,
			() => fs.renameSync(from, to),
			done => fs.rename(from, to, done),
		);
	}

	link(at: At, from: string, to: string): Promise<void> {
		return ask(at, done => fs.link(from, to, done));
	}

	unlink(at: At, path: string): Promise<void> {
		return ask(at, done => fs.unlink(path, done));
	}

	mkdir(at: At, path: string, recursive = false): Promise<void> {
		return ask(at, done => fs.mkdir(path, {recursive}, error => done(error)));
	}

	rmdir(at: At, path: string): Promise<void> {
		return ask(at, done => fs.rmdir(path, done));
	}

	readdir(at: At, path: string): Promise<fs.Dirent[]> {
		return ask(at, done => fs.readdir(path, {withFileTypes: true}, done));
	}

	/** Names as the bytes they are. */
	readdirRaw(at: At, path: string): Promise<Buffer[]> {
		return ask(at, done => fs.readdir(path, {encoding: 'buffer'}, done));
	}

	/** Copies the bytes and the mode of a file; `share`: only by sharing its blocks, else fails. A copy that fails is removed. */
	copy(at: At, from: string, to: string, share: boolean): Promise<void> {
		return ask(at, done => fs.copyFile(from, to, share ? fs.constants.COPYFILE_FICLONE_FORCE : fs.constants.COPYFILE_FICLONE, done));
	}

	chmod(at: At, path: string, mode: number): Promise<void> {
		return ask(at, done => fs.chmod(path, mode, done));
	}

	/** Sets the time of the last change, in milliseconds. */
	touch(at: At, path: string, modified: number): Promise<void> {
		return ask(at, done => fs.utimes(path, modified / 1000, modified / 1000, done));
	}

	realpath(at: At, path: string): Promise<string> {
		return ask(at, done => fs.realpath.native(path, done));
	}

	/** Where an open file is now (Linux). */
	whereIs(at: At, handle: number): string {
		try {
			return fs.readlinkSync(`/proc/self/fd/${handle}`);
		} catch (error) {
			throw toLocalError(error, at);
		}
	}
}
