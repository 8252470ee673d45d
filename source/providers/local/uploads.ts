import type {CallOptions, UnfinishedUpload} from '../../contract/index.ts';
import {checkAborted} from './abort.ts';
import type {At} from './errors.ts';
import {readFolder} from './folders.ts';
import {decodePath, isOwnFolder, joinPath, parseTemporary} from './names.ts';
import {toToken} from './session.ts';
import type {Tree} from './tree.ts';

const mayHave = (path: string, prefix: string): boolean => {
	const key = decodePath(path);
	return key === undefined || `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
};

/** The path that a temporary file is to have; none for the empty folder of a write that did not get further, which is removed. */
const targetOf = async (tree: Tree, at: At, folder: string, file: string, name: string | undefined): Promise<string | undefined> => {
	if (name !== undefined) {
		return joinPath(folder, name);
	}

	const [inside] = await readFolder(tree, at, joinPath(folder, file));
	if (inside) {
		return joinPath(folder, inside.name);
	}

	await tree.prune(at, joinPath(folder, file), 1);
};

/**
Finds the temporary files of writes that were not finished: those of processes that died, and those that are being written now. Reads the names of all folders that the prefix leaves, so that a write has nothing to keep a book of.
*/
export const findUploads = async function* (
	tree: Tree,
	{prefix = '', signal}: CallOptions & {prefix?: string},
): AsyncGenerator<UnfinishedUpload> {
	const at = {operation: 'uploads'};
	const folders = [''];
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		checkAborted(signal);
		for (const {name, isFolder} of await readFolder(tree, at, folder)) {
			const temporary = parseTemporary(name);
			if (temporary) {
				const target = await targetOf(tree, at, folder, name, temporary.name);
				const key = target === undefined ? undefined : decodePath(target);
				if (key?.startsWith(prefix)) {
					const stats = await tree.disk.lstat(at, await tree.absolute(at, joinPath(folder, name)));
					yield {key, token: toToken({key, id: temporary.id}), started: stats && new Date(Number(stats.birthtimeMs))};
				}
			} else if (isFolder && !(folder === '' && isOwnFolder(name)) && mayHave(joinPath(folder, name), prefix)) {
				folders.push(joinPath(folder, name));
			}
		}
	}
};
