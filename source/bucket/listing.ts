import {Buffer} from 'node:buffer';
import {type Driver, type ListPage, type ListPageOptions, SluiceError} from '../contract/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import {unsupported} from './check-write.ts';

/** Pages in a row without anything new, after which a listing counts as stuck. */
const emptyPagesMaximum = 3;

/** Tokens that are remembered, to see a listing go round in a circle. */
const tokensMaximum = 8;

const stuck = (why: string): SluiceError => new SluiceError('LIST_STUCK', `The listing does not get on: ${why}`);

/** Whether a key comes before another one in the order of their UTF-8 bytes, which is not that of JavaScript's comparison beyond U+FFFF. */
const isBehind = (key: string, previous: string): boolean => key > previous || Buffer.compare(Buffer.from(key), Buffer.from(previous)) > 0;

/** Sees to it that a listing gets on and stays below its prefix, whatever the server says. */
class ListingGuard {
	readonly #prefix: string;
	readonly #isOrdered: boolean;
	#last?: string;
	#emptyPages = 0;
	readonly #tokens: string[] = [];

	constructor(prefix: string, isOrdered: boolean) {
		this.#prefix = prefix;
		this.#isOrdered = isOrdered;
	}

	check(page: ListPage): void {
		this.#checkKeys(page);
		if (page.next === undefined) {
			return;
		}

		this.#emptyPages = page.entries.length + page.prefixes.length === 0 ? this.#emptyPages + 1 : 0;
		if (this.#emptyPages >= emptyPagesMaximum) {
			throw stuck(`${emptyPagesMaximum} empty pages in a row`);
		}

		if (this.#tokens.includes(page.next)) {
			throw stuck('a page has the token of an earlier one');
		}

		this.#tokens.push(page.next);
		if (this.#tokens.length > tokensMaximum) {
			this.#tokens.shift();
		}
	}

	#checkKeys({entries, prefixes}: ListPage): void {
		for (const {key} of entries) {
			this.#checkPrefix(key);
			if (this.#isOrdered && this.#last !== undefined && !isBehind(key, this.#last)) {
				throw stuck('its keys go backwards');
			}

			this.#last = key;
		}

		for (const prefix of prefixes) {
			this.#checkPrefix(prefix);
		}
	}

	#checkPrefix(key: string): void {
		if (!key.startsWith(this.#prefix)) {
			throw new SluiceError('BAD_RESPONSE', 'The listing has a key outside of the prefix that was asked for', {key});
		}
	}
}

export type PagesOptions = Omit<ListPageOptions, 'token'>;

const checkCapabilities = ({delimiter, startAfter}: PagesOptions, {capabilities}: Driver): void => {
	if (delimiter === '') {
		throw new SluiceError('INVALID_ARGUMENT', '`delimiter` must not be empty');
	}

	if (delimiter !== undefined && !capabilities.list.delimiter) {
		throw unsupported(capabilities, 'list.delimiter');
	}

	if (startAfter !== undefined && !capabilities.list.startAfter) {
		throw unsupported(capabilities, 'list.startAfter');
	}
};

/**
Lists page by page; while one is looked at the next one is on its way. Memory: two pages.

@throws {SluiceError} `LIST_STUCK` when the pages repeat themselves, are empty again and again, or go backwards; `BAD_RESPONSE` for keys outside of the prefix; `UNSUPPORTED`.
*/
export async function* listPages(driver: Driver, options: PagesOptions): AsyncGenerator<ListPage, void, undefined> {
	checkCapabilities(options, driver);
	const guard = new ListingGuard(options.prefix ?? '', driver.capabilities.list.order === 'bytes');
	const controller = new AbortController();
	const unfollow = onAbort(options.signal, () => controller.abort(options.signal!.reason));
	const fetch = (token?: string): Promise<ListPage> => {
		const page = driver.list({...options, token, signal: controller.signal});
		page.catch(() => {}); // Its error comes out when the page is asked for.
		return page;
	};

	let coming: Promise<ListPage> | undefined = fetch();
	try {
		while (coming) {
			const page: ListPage = await coming;
			guard.check(page);
			coming = page.next === undefined ? undefined : fetch(page.next);
			yield page;
		}
	} finally {
		unfollow();
		controller.abort();
		await coming?.catch(() => {});
	}
}
