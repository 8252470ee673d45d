import type {ListPage, ListPageOptions, ObjectEntry} from '../../contract/index.ts';
import {checkAborted} from './abort.ts';
import type {At} from './errors.ts';
import {toEntry} from './info.ts';
import {encodeKey} from './names.ts';
import {compareBytes} from './order.ts';
import type {Tree} from './tree.ts';
import {Walk} from './walk.ts';

const defaultLimit = 1000;

/** How many files are asked for size and time at a time. */
const looksAtOnce = 16;

/** How many listings may wait for their next page, with the names that they have read. */
const waitingMaximum = 4;

/** Size and time of each key; those that are gone by now are left out. */
const look = async (tree: Tree, at: At, keys: readonly string[], signal: AbortSignal | undefined): Promise<ObjectEntry[]> => {
	const entries: ObjectEntry[] = [];
	for (let from = 0; from < keys.length; from += looksAtOnce) {
		checkAborted(signal);
		const some = keys.slice(from, from + looksAtOnce);
		const all = await Promise.all(some.map(async key => tree.disk.lstat(at, await tree.absolute(at, encodeKey(key)))));
		for (const [index, stats] of all.entries()) {
			if (stats?.isFile()) {
				entries.push(toEntry(some[index]!, stats));
			}
		}
	}

	return entries;
};

const later = (a: string | undefined, b: string | undefined): string | undefined =>
	a === undefined || (b !== undefined && compareBytes(b, a) > 0) ? b : a;

/**
Lists a bucket page by page. A page's token is its last key or prefix, so that a listing can go on anywhere; the four last ones go on where they stopped, without reading their folders again.
*/
export class Lister {
	readonly #tree: Tree;
	readonly #waiting = new Map<string, Walk>();

	constructor(tree: Tree) {
		this.#tree = tree;
	}

	async list({prefix = '', delimiter, startAfter, token, limit = defaultLimit, signal}: ListPageOptions): Promise<ListPage> {
		checkAborted(signal);
		const at = {operation: 'list'};
		const name = (next: string | undefined) => JSON.stringify([prefix, delimiter, next]);
		const walk = this.#resume(name(token)) ?? new Walk(this.#tree, at, {prefix, delimiter, after: later(startAfter, token)});

		const {steps, more} = await walk.take(limit);
		const keys = steps.filter(step => !step.isPrefix).map(step => step.key);
		const next = more ? steps.at(-1)?.key : undefined;
		const page = {
			entries: await look(this.#tree, at, keys, signal),
			prefixes: steps.filter(step => step.isPrefix).map(step => step.key),
			next,
		};
		if (next !== undefined) {
			this.#keep(name(next), walk);
		}

		return page;
	}

	/** Forgets the listings that wait. */
	clear(): void {
		this.#waiting.clear();
	}

	#resume(name: string): Walk | undefined {
		const walk = this.#waiting.get(name);
		this.#waiting.delete(name);
		return walk;
	}

	#keep(name: string, walk: Walk): void {
		this.#waiting.set(name, walk);
		const [oldest] = this.#waiting.keys();
		if (this.#waiting.size > waitingMaximum && oldest !== undefined) {
			this.#waiting.delete(oldest);
		}
	}
}
