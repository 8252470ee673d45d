import {randomBytes} from 'node:crypto';
import type {BigIntStats} from 'node:fs';
import {type Body, type Consume, type ObjectInfo, SluiceError, type WriteCallOptions} from '../../contract/index.ts';
import {checkAborted, orAborted} from './abort.ts';
import {flags} from './disk.ts';
import {type At, isErrno, localError} from './errors.ts';
import {toInfo} from './info.ts';
import {nothingKept, removeRecord, toKept, writeRecord} from './metadata.ts';
import {encodeKey, folderOf, nameOf, temporaryName} from './names.ts';
import {type Folder, folderTries, type Tree} from './tree.ts';

/** A file that is being written, beside the one that it will become. */
export interface Draft {
	readonly at: At;
	readonly key: string;
	/** Of the object, below the root. */
	readonly path: string;
	readonly id: string;
	/** Has the temporary file, and will have the object. */
	readonly folder: Folder;
	/** Path of the temporary file. */
	readonly file: string;
	/** Folder around the temporary file, for a long name. */
	readonly around?: string;
	/** Path that the object will have. */
	readonly target: string;
}

/** Where the temporary file of a write is; makes nothing. */
export const toDraft = (at: At, key: string, id: string, folder: Folder): Draft => {
	const path = encodeKey(key);
	const name = nameOf(path);
	const temporary = temporaryName(id, name);
	const file = `${folder.path}/${temporary.name}`;
	const around = temporary.isFolder ? {file: `${file}/${name}`, around: file} : {file};
	return {at, key, path, id, folder, target: `${folder.path}/${name}`, ...around};
};

/** Makes the temporary file of a write, and the folders that the key needs. Its folder and the file are left open. */
export const createDraft = async (tree: Tree, at: At, key: string): Promise<{draft: Draft; handle: number}> => {
	for (let tries = 1; ; tries++) {
		let draft: Draft | undefined;
		try {
			const folder = await tree.openFolder(at, folderOf(encodeKey(key)), true);
			draft = toDraft(at, key, randomBytes(16).toString('hex'), folder);
			if (draft.around !== undefined) {
				await tree.disk.mkdir(at, draft.around);
			}

			return {draft, handle: await tree.disk.open(at, draft.file, flags.create)};
		} catch (error) {
			if (draft) {
				await discardDraft(tree, draft);
				tree.close(draft.folder);
			}

			if (!isErrno(error, 'ENOENT') || tries === folderTries) {
				throw error;
			}
		}
	}
};

/** Removes the temporary file, its record and the folders made for it. */
export const discardDraft = async (tree: Tree, {at, path, file, around, folder}: Draft, levels = folder.created): Promise<void> => {
	const stats = await tree.disk.lstat(at, file);
	if (stats) {
		await tree.disk.unlink(at, file);
		if (stats.nlink === 1n) {
			await removeRecord(tree, at, path, stats); // Else the object has the file already, and the record is the object's.
		}
	}

	if (around !== undefined) {
		await tree.disk.rmdir(at, around).catch(() => {}); // Gone already, or it was never made.
	}

	await tree.prune(at, folderOf(path), levels);
};

/** Writes all bytes of a body into the file, from the offset on. */
export const fillDraft = async (
	tree: Tree,
	at: At,
	handle: number,
	offset: number,
	body: Body,
	signal: AbortSignal | undefined,
): Promise<void> => {
	let done = 0;
	let left = false;
	let writing: Promise<void> | undefined;
	const write: Consume = async chunk => {
		checkAborted(signal);
		if (left) {
			throw localError('CANCELLED', 'the write is over', at);
		}

		if (done + chunk.length > body.size) {
			throw localError('SOURCE_LONG', `the source goes on past its ${body.size} bytes`, at);
		}

		writing = tree.disk.write(at, handle, chunk, offset + done);
		if (writing) {
			await writing;
		}

		done += chunk.length;
	};

	try {
		await orAborted(body.send(write), signal);
	} finally {
		left = true;
		await writing?.catch(() => {}); // `send` had it first.
	}

	if (done < body.size) {
		throw localError('SOURCE_SHORT', `the source ended after ${done} of ${body.size} bytes`, at);
	}
};

const assertReplaceable = (at: At, old: BigIntStats | undefined, absent: boolean | undefined): void => {
	if (old?.isDirectory()) {
		const reason =
			'there is a folder of this name, and a file cannot be a folder, too: in a local bucket the keys `a` and `a/b` exclude each other';
		throw localError('CONFLICT', reason, at, {retry: 'never'});
	}

	if (old && !old.isFile()) {
		throw localError('UNSAFE_PATH', old.isSymbolicLink() ? 'it is a symbolic link' : 'it is no regular file', at);
	}

	if (old && absent) {
		throw localError('ALREADY_EXISTS', 'there is such an object', at);
	}
};

/** Fails early where `publishDraft` would fail late. @returns The file that is to be replaced. */
export const assertPublishable = async (
	tree: Tree,
	{at, target}: Draft,
	{condition, storageClass}: WriteCallOptions,
): Promise<BigIntStats | undefined> => {
	if (storageClass !== undefined) {
		throw localError('UNSUPPORTED', 'files have no storage class', at);
	}

	const old = await tree.disk.lstat(at, target);
	assertReplaceable(at, old, condition?.absent);
	return old;
};

/** `link` fails when there is such a name, of concurrent ones all but one; `rename` replaces it. */
const rename = async (tree: Tree, {at, file, target}: Draft, absent: boolean | undefined, old: BigIntStats | undefined): Promise<void> => {
	if (!absent) {
		return tree.disk.rename(at, file, target, old !== undefined);
	}

	try {
		await tree.disk.link(at, file, target);
	} catch (error) {
		throw isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')
			? localError('UNSUPPORTED', 'the file system has no hard links, without which a write only when absent is not atomic', at, {
					cause: error,
				})
			: error;
	}

	await tree.disk.unlink(at, file);
};

/**
Gives the temporary file, whose bytes are all written, the name of the object: readers see the old file or all of the new one.
*/
export const publishDraft = async (
	tree: Tree,
	draft: Draft,
	handle: number,
	options: WriteCallOptions,
	crc32c: number | undefined,
): Promise<ObjectInfo> => {
	const {at, key, path, folder, around} = draft;
	const kept = toKept(tree, options, crc32c);
	const stats = kept === nothingKept ? tree.disk.fstat(at, handle) : await writeRecord(tree, at, path, {file: draft.file, handle}, kept);
	if (tree.options.durable) {
		await tree.disk.sync(at, handle);
	}

	checkAborted(options.signal);
	const old = await assertPublishable(tree, draft, options);
	await rename(tree, draft, options.condition?.absent, old);
	if (old) {
		await removeRecord(tree, at, path, old);
	}

	if (around !== undefined) {
		await tree.disk.rmdir(at, around);
	}

	await tree.syncFolder(at, folder);
	return toInfo(key, stats, kept);
};

/** Throws the error of a failed write, once what it left is removed; what could not be is named in `leftover`. */
export const failWrite = async (error: unknown, token: string, discard: () => Promise<void>): Promise<never> => {
	try {
		await discard();
	} catch {
		if (error instanceof SluiceError) {
			error.describe({leftover: token});
		}
	}

	throw error;
};
