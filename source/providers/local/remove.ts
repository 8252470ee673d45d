import type {CallOptions, RemoveOutcome} from '../../contract/index.ts';
import {checkAborted} from './abort.ts';
import {isErrno} from './errors.ts';
import {assertFile} from './info.ts';
import {removeRecord} from './metadata.ts';
import {encodeKey, folderOf, nameOf} from './names.ts';
import type {Tree} from './tree.ts';

/** How many files are removed at a time. */
const removalsAtOnce = 8;

/** @returns Whether there was one. */
const removeFile = async (tree: Tree, key: string): Promise<boolean> => {
	const at = {operation: 'remove', key};
	const path = encodeKey(key);
	const folder = await tree.openFolder(at, folderOf(path)).catch(error => {
		if (!isErrno(error, 'ENOENT', 'ENOTDIR')) {
			throw error;
		}
	});
	if (!folder) {
		return false;
	}

	try {
		const file = `${folder.path}/${nameOf(path)}`;
		const stats = await tree.disk.lstat(at, file);
		if (!stats || stats.isDirectory()) {
			return false;
		}

		assertFile(at, stats);
		await tree.disk.unlink(at, file);
		await removeRecord(tree, at, path, stats);
		return true;
	} catch (error) {
		if (isErrno(error, 'ENOENT')) {
			return false;
		}

		throw error;
	} finally {
		tree.close(folder);
	}
};

/**
Removes files, and the folders that are empty then, up to the root: an object store has no empty folders. A folder that gets a new file meanwhile stays.

Not synced: after a power failure a removed object may be there again.
*/
export const removeObjects = async (tree: Tree, keys: readonly string[], {signal}: CallOptions): Promise<readonly RemoveOutcome[]> => {
	const outcomes: RemoveOutcome[] = [];
	const emptied = new Set<string>();
	let next = 0;

	const work = async () => {
		for (let key = keys[next++]; key !== undefined && !signal?.aborted; key = keys[next++]) {
			try {
				if (await removeFile(tree, key)) {
					emptied.add(folderOf(encodeKey(key)));
				}

				outcomes.push({key});
			} catch (error) {
				outcomes.push({key, error: error as Error});
			}
		}
	};

	await Promise.all(Array.from({length: removalsAtOnce}, work));
	for (const folder of [...emptied].sort((a, b) => b.length - a.length)) {
		await tree.prune({operation: 'remove'}, folder);
	}

	checkAborted(signal);
	return outcomes;
};
