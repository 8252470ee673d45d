import {isUtf8} from 'node:buffer';
import {type At, isErrno, localError} from './errors.ts';
import {decodeSegment, isOwnFolder, isPiece, joinPath, parseTemporary} from './names.ts';
import {sortByBytes} from './order.ts';
import type {Tree} from './tree.ts';

/** A file or a folder, by its name on disk. */
export interface Found {
	readonly name: string;
	readonly isFolder: boolean;
}

/** Reads the names of a folder; links, FIFOs, devices and sockets are left out. A folder that is gone, or is a file, is empty. */
export const readFolder = async (tree: Tree, at: At, path: string, check?: (path: string) => Promise<void>): Promise<readonly Found[]> => {
	const folder = await tree.openFolder(at, path).catch(error => {
		if (path === '' || !isErrno(error, 'ENOENT', 'ENOTDIR')) {
			throw error;
		}
	});
	if (!folder) {
		return [];
	}

	try {
		const found: Found[] = [];
		let doubtful = false;
		for (const entry of await tree.disk.readdir(at, folder.path)) {
			const {name} = entry;
			const isFolder = entry.isDirectory();
			if (isFolder || entry.isFile()) {
				doubtful ||= name.includes('\uFFFD');
				found.push({name, isFolder});
			}
		}

		if (doubtful) {
			await check?.(folder.path);
		}

		return found;
	} finally {
		tree.close(folder);
	}
};

/**
Reads the segments that keys can have in a folder, in byte order: those of folders end in `/`, and stand where their keys do (`a-b` before `a/` before `a0`).

Our own files are left out. A name that no key can have (not UTF-8, or made to look like one of ours) is an error, so that nothing is missing from a listing without a word.

Memory: all names of this one folder.
*/
export const readSegments = async (tree: Tree, at: At, path: string): Promise<string[]> => {
	const segments: string[] = [];
	const isTop = path === '';

	const refuse = (name: string, reason: string): never => {
		throw localError('INVALID_KEY', `the name \`${joinPath(path, name)}\` ${reason}; rename it`, at);
	};

	const check = async (folder: string) => {
		for (const name of await tree.disk.readdirRaw(at, folder)) {
			if (!isUtf8(name)) {
				refuse(name.toString('latin1'), 'is not UTF-8 and cannot be a key');
			}
		}
	};

	const collect = async (pieces: string) => {
		for (const {name, isFolder} of await readFolder(tree, at, joinPath(path, pieces), check)) {
			if (parseTemporary(name) || (isTop && pieces === '' && isOwnFolder(name))) {
				continue;
			}

			const whole = joinPath(pieces, name);
			if (isFolder && isPiece(name)) {
				await collect(whole);
				continue;
			}

			const segment = decodeSegment(whole, isTop) ?? refuse(whole, 'looks like one that sluice makes, but stands for no key');
			segments.push(isFolder ? `${segment}/` : segment);
		}
	};

	await collect('');
	return sortByBytes(segments);
};
