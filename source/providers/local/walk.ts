import type {At} from './errors.ts';
import {readSegments} from './folders.ts';
import {encodeKey} from './names.ts';
import {compareBytes} from './order.ts';
import type {Tree} from './tree.ts';

/** What a walk goes through. */
export interface WalkOptions {
	readonly prefix: string;
	readonly delimiter?: string;
	/** Only keys behind this one, and prefixes other than this. */
	readonly after?: string;
}

/** A key, or a common prefix. */
export interface Step {
	readonly key: string;
	readonly isPrefix: boolean;
}

interface Level {
	/** What the keys of its segments begin with. */
	readonly base: string;
	readonly segments: readonly string[];
	next: number;
}

/**
Walks the keys of a tree in byte order, depth first, and no folder that cannot have one that is asked for. With a delimiter a folder whose keys are all folded is not read: it counts as a prefix even if it is empty.

Memory: the names of the folders from the root to where it stands.
*/
export class Walk {
	readonly #tree: Tree;
	readonly #at: At;
	readonly #options: WalkOptions;
	readonly #levels: Level[] = [];
	#started = false;
	#folded: string | undefined;
	#ahead: Step | undefined;

	constructor(tree: Tree, at: At, options: WalkOptions) {
		this.#tree = tree;
		this.#at = at;
		this.#options = options;
	}

	/** Takes up to `limit` steps; `more` tells whether there is another one. */
	async take(limit: number): Promise<{steps: Step[]; more: boolean}> {
		if (!this.#started) {
			const {prefix} = this.#options;
			await this.#enter(prefix.slice(0, prefix.lastIndexOf('/') + 1));
			this.#started = true;
		}

		const steps: Step[] = [];
		while (steps.length < limit) {
			const step = this.#ahead ?? (await this.#step());
			this.#ahead = undefined;
			if (!step) {
				return {steps, more: false};
			}

			steps.push(step);
		}

		this.#ahead = await this.#step();
		return {steps, more: this.#ahead !== undefined};
	}

	async #enter(base: string): Promise<void> {
		const path = base === '' ? '' : encodeKey(base.slice(0, -1));
		this.#levels.push({base, segments: await readSegments(this.#tree, this.#at, path), next: 0});
	}

	async #step(): Promise<Step | undefined> {
		for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
			const segment = level.segments[level.next++];
			if (segment === undefined) {
				this.#levels.pop();
				continue;
			}

			const key = level.base + segment;
			const isFolder = segment.endsWith('/');
			if (!this.#matters(key, isFolder)) {
				continue;
			}

			const folded = this.#fold(key);
			if (folded === undefined && !isFolder) {
				return {key, isPrefix: false};
			}

			if (folded === undefined) {
				await this.#enter(key);
			} else if (folded !== this.#folded && folded !== this.#options.after) {
				this.#folded = folded;
				return {key: folded, isPrefix: true};
			}
		}
	}

	/** Whether it is, or may have, a key behind the prefix and behind `after`. */
	#matters(key: string, isFolder: boolean): boolean {
		const {prefix, after} = this.#options;
		if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) {
			return false;
		}

		return after === undefined || compareBytes(key, after) > 0 || (isFolder && after.startsWith(key));
	}

	#fold(key: string): string | undefined {
		const {prefix, delimiter} = this.#options;
		const place = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
		return place < 0 ? undefined : key.slice(0, place + delimiter!.length);
	}
}
