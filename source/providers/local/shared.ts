interface Run {
	readonly now: Promise<void>;
	next?: Promise<void>;
}

/**
Work that settles everything that happened before it began, such as the sync of a folder: callers who come while it runs share the next run.
*/
export class Shared {
	readonly #runs = new Map<string, Run>();

	/** Resolves when the work of this name has run, from begin to end, after this call. */
	run(name: string, work: () => Promise<void>): Promise<void> {
		const run = this.#runs.get(name);
		if (!run) {
			return this.#start(name, work);
		}

		run.next ??= run.now.then(
			() => this.#start(name, work),
			() => this.#start(name, work),
		);
		return run.next;
	}

	#start(name: string, work: () => Promise<void>): Promise<void> {
		const run = {now: work()};
		const end = () => {
			if (this.#runs.get(name) === run) {
				this.#runs.delete(name);
			}
		};

		this.#runs.set(name, run);
		run.now.then(end, end);
		return run.now;
	}
}
