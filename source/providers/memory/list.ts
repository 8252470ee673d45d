import type {ListPage, ListPageOptions, ObjectEntry} from '../../contract/index.ts';
import {compareKeys} from './compare-keys.ts';
import type {Store} from './store.ts';

/** Most entries of a page. */
const pageMaximum = 1000;

/** Index of the first key for which `isBehind` holds; it holds for all that follow. */
const firstIndex = (keys: readonly string[], isBehind: (key: string) => boolean): number => {
	let [low, high] = [0, keys.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (isBehind(keys[middle]!)) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}

	return low;
};

/** The part of a key up to the first delimiter behind the prefix. */
const folded = (key: string, prefix: string, delimiter: string | undefined): string | undefined => {
	const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
	return end < 0 ? undefined : key.slice(0, end + delimiter!.length);
};

/** One page. The token is the last key or common prefix of the page. */
export const listStore = ({keys, objects}: Store, options: ListPageOptions): ListPage => {
	const {prefix = '', delimiter, startAfter, token, limit = pageMaximum} = options;
	const after = token ?? startAfter;
	const entries: ObjectEntry[] = [];
	const prefixes: string[] = [];

	let index = firstIndex(keys, key => compareKeys(key, prefix) >= 0);
	if (after !== undefined) {
		const isFolded = token !== undefined && folded(after, prefix, delimiter) === after;
		const behind = firstIndex(keys, key => compareKeys(key, after) > 0 && !(isFolded && key.startsWith(after)));
		index = Math.max(index, behind);
	}

	let last: string | undefined;
	while (index < keys.length && keys[index]!.startsWith(prefix)) {
		if (entries.length + prefixes.length === Math.min(limit, pageMaximum)) {
			return {entries, prefixes, next: last};
		}

		const key = keys[index]!;
		const common = folded(key, prefix, delimiter);
		if (common === undefined) {
			const {size, modified, etag, revision, storageClass} = objects.get(key)!.info;
			entries.push({key, size, modified, etag, revision, storageClass});
			index++;
		} else {
			prefixes.push(common);
			index = firstIndex(keys, other => compareKeys(other, common) > 0 && !other.startsWith(common));
		}

		last = common ?? key;
	}

	return {entries, prefixes};
};
