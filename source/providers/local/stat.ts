import type {CallOptions, ObjectInfo} from '../../contract/index.ts';
import {checkAborted} from './abort.ts';
import {assertFile, revisionOf, toInfo} from './info.ts';
import {nothingKept, readRecord} from './metadata.ts';
import {encodeKey} from './names.ts';
import type {Tree} from './tree.ts';

/**
What is known of an object: of the file, and what is kept beside it.

A file without a record is looked at twice, for a file that is replaced meanwhile loses its record.
*/
export const statObject = async (tree: Tree, key: string, {signal}: CallOptions): Promise<ObjectInfo> => {
	const at = {operation: 'stat', key};
	const path = encodeKey(key);
	for (;;) {
		checkAborted(signal);
		const stats = await tree.look(at, path);
		assertFile(at, stats);
		const kept = await readRecord(tree, at, path, stats);
		const isSettled = kept !== nothingKept || tree.options.metadata === 'none';
		if (isSettled || revisionOf(await tree.look(at, path)) === revisionOf(stats)) {
			return toInfo(key, stats, kept);
		}
	}
};
