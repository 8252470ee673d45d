import type {BigIntStats} from 'node:fs';
import type {ObjectEntry, ObjectInfo} from '../../contract/index.ts';
import {type At, localError} from './errors.ts';
import type {Kept} from './metadata.ts';

/** What a read can be pinned to: time of the last change in nanoseconds, size and number of the file, as text. */
export const revisionOf = (stats: BigIntStats): string =>
	`${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}-${stats.ino.toString(36)}`;

/** What a listing tells about a file. */
export const toEntry = (key: string, stats: BigIntStats): ObjectEntry => ({
	key,
	size: Number(stats.size),
	modified: new Date(Number(stats.mtimeMs)),
	revision: revisionOf(stats),
});

export const toInfo = (key: string, stats: BigIntStats, {headers, metadata, checksums}: Kept): ObjectInfo => ({
	...toEntry(key, stats),
	headers,
	metadata,
	checksums,
});

/** @throws `NOT_FOUND` for a folder, `UNSAFE_PATH` for links, FIFOs, devices and sockets. */
export const assertFile = (at: At, stats: BigIntStats): void => {
	if (stats.isFile()) {
		return;
	}

	throw stats.isDirectory()
		? localError('NOT_FOUND', 'there is no such object, but a folder of this name', at)
		: localError('UNSAFE_PATH', stats.isSymbolicLink() ? 'it is a symbolic link' : 'it is no regular file', at);
};
