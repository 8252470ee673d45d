import {Buffer} from 'node:buffer';
import type {BigIntStats} from 'node:fs';
import type {Checksums, ContentHeaders, WriteCallOptions} from '../../contract/index.ts';
import {MIB} from '../../utils/sizes.ts';
import {flags} from './disk.ts';
import {type At, isErrno} from './errors.ts';
import {ownFolder} from './names.ts';
import {type Folder, folderTries, type Tree} from './tree.ts';

/** What a file cannot hold itself. */
export interface Kept {
	readonly headers: Readonly<ContentHeaders>;
	readonly metadata: Readonly<Record<string, string>>;
	readonly checksums: Readonly<Checksums>;
}

/*
Metadata and content headers of the key `a/b` are in `.sluice/meta/a/b/%~%meta-<time>-<size>.json`: time of the last change of the file (nanoseconds) and its size, as hexadecimal numbers. The name binds the record to one state of the file: whoever changes the file by other means changes its time, and the record is not found any more. It is written before the file gets its name, so that a crash in between leaves a record that belongs to nothing, and the old file with its own.

Extended attributes would travel with the file, but Node has no call for them, and many file systems have none.

There is a record only when there is something to keep; a tree of plain files stays one. `application/octet-stream` and S3's `binary/octet-stream` say nothing about an object and are not kept: no type is reported for such a file. The CRC32C is kept in a record that is written anyway.
*/
const metaFolder = `${ownFolder}/meta`;

const typesOfNothing: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream']);

const headerNames = ['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'] as const;

/** Largest record that is read, in bytes: the most metadata, escaped to the full. */
const recordMaximum = MIB;

const noMetadata: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** Of a file without a record. */
export const nothingKept: Kept = {headers: {}, metadata: noMetadata, checksums: {}};

const pickHeaders = (headers: Readonly<Record<string, unknown>>): ContentHeaders => {
	const picked: ContentHeaders = {};
	for (const name of headerNames) {
		const value = headers[name];
		if (typeof value === 'string' && !(name === 'contentType' && typesOfNothing.has(value))) {
			picked[name] = value;
		}
	}

	return picked;
};

const pickMetadata = (metadata: object): Record<string, string> => {
	const picked: Record<string, string> = Object.create(null);
	for (const [name, value] of Object.entries(metadata)) {
		if (typeof value === 'string') {
			picked[name] = value;
		}
	}

	return picked;
};

/** What is worth a record of a write; `nothingKept` when it needs none. */
export const toKept = (tree: Tree, {headers = {}, metadata = {}}: WriteCallOptions, crc32c: number | undefined): Kept => {
	if (tree.options.metadata === 'none') {
		return nothingKept;
	}

	const kept = {headers: pickHeaders({...headers}), metadata: pickMetadata(metadata), checksums: crc32c === undefined ? {} : {crc32c}};
	const isEmpty = Object.keys(kept.headers).length === 0 && Object.keys(kept.metadata).length === 0;
	return isEmpty ? nothingKept : kept;
};

const folderOfRecords = (path: string): string => `${metaFolder}/${path}`;

const recordName = (stats: BigIntStats): string => `%~%meta-${stats.mtimeNs.toString(16)}-${stats.size.toString(16)}.json`;

/** A temporary file. */
interface OpenDraft {
	readonly file: string;
	readonly handle: number;
}

/**
Makes the record's file. One of this name belongs to another write of the same moment and size: then ours is some milliseconds younger, never a whole number of them, which `utimes` may round down to where it was.
*/
const createRecord = async (tree: Tree, at: At, folder: Folder, draft: OpenDraft): Promise<{stats: BigIntStats; record: number}> => {
	for (;;) {
		const stats = tree.disk.fstat(at, draft.handle);
		try {
			return {stats, record: await tree.disk.open(at, `${folder.path}/${recordName(stats)}`, flags.create)};
		} catch (error) {
			if (!isErrno(error, 'EEXIST')) {
				throw error;
			}

			await tree.disk.touch(at, draft.file, Number(stats.mtimeMs) + 1.5 + 10 * Math.random());
		}
	}
};

/** Makes the record, and the folders that it needs, which a remover may take away meanwhile. */
const openRecord = async (tree: Tree, at: At, path: string, draft: OpenDraft) => {
	for (let tries = 1; ; tries++) {
		const folder = await tree.openFolder(at, folderOfRecords(path), true);
		try {
			return {folder, ...(await createRecord(tree, at, folder, draft))};
		} catch (error) {
			tree.close(folder);
			if (!isErrno(error, 'ENOENT') || tries === folderTries) {
				throw error;
			}
		}
	}
};

/**
Writes the record of an open file that has all its bytes and not yet its name.

@returns The state of the file that the record is bound to.
*/
export const writeRecord = async (tree: Tree, at: At, path: string, draft: OpenDraft, kept: Kept): Promise<BigIntStats> => {
	const text = Buffer.from(JSON.stringify({...kept.checksums, headers: kept.headers, metadata: kept.metadata}));
	const {folder, stats, record} = await openRecord(tree, at, path, draft);
	try {
		try {
			await tree.disk.write(at, record, text, 0);
			if (tree.options.durable) {
				await tree.disk.sync(at, record);
			}
		} finally {
			tree.disk.close(record);
		}

		await tree.syncFolder(at, folder);
		return stats;
	} finally {
		tree.close(folder);
	}
};

const parseRecord = (text: string): Kept => {
	try {
		const {crc32c, headers, metadata} = JSON.parse(text);
		return {
			headers: pickHeaders({...headers}),
			metadata: pickMetadata({...metadata}),
			checksums: Number.isInteger(crc32c) ? {crc32c} : {},
		};
	} catch {
		return nothingKept; // Half a record: the machine stopped while it was written, without `durable`.
	}
};

/** What is kept for the file in this state. */
export const readRecord = async (tree: Tree, at: At, path: string, stats: BigIntStats): Promise<Kept> => {
	if (tree.options.metadata === 'none' || !(await tree.has(at, metaFolder))) {
		return nothingKept;
	}

	let handle: number;
	try {
		handle = await tree.openFile(at, `${folderOfRecords(path)}/${recordName(stats)}`, flags.read);
	} catch (error) {
		if (isErrno(error, 'ENOENT', 'ENOTDIR')) {
			return nothingKept;
		}

		throw error;
	}

	try {
		const size = Math.min(Number(tree.disk.fstat(at, handle).size), recordMaximum);
		const text = Buffer.allocUnsafe(size);
		return parseRecord(text.toString('utf8', 0, await tree.disk.read(at, handle, text, size, 0)));
	} finally {
		tree.disk.close(handle);
	}
};

/** Removes the record of a file in this state, if there is one. Never fails: a record without its file belongs to nothing. */
export const removeRecord = async (tree: Tree, at: At, path: string, stats: BigIntStats): Promise<void> => {
	if (!(await tree.has(at, metaFolder))) {
		return;
	}

	try {
		const folder = await tree.openFolder(at, folderOfRecords(path));
		await tree.disk.unlink(at, `${folder.path}/${recordName(stats)}`).finally(() => tree.close(folder));
	} catch {
		// None there.
	}

	await tree.prune(at, folderOfRecords(path));
};
