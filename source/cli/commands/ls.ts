import type {ListPage, ObjectEntry} from '../../index.ts';
import type {Run} from '../context.ts';
import {openPlace} from '../locations.ts';
import type {Output} from '../output.ts';

interface LsOptions {
	readonly recursive?: boolean;
	readonly long?: boolean;
}

const sizeWidth = 15;
const dateWidth = 20;

/** `2026-01-31T12:00:00Z`. */
const date = (modified: Date | undefined): string => (modified === undefined ? '-' : `${modified.toISOString().slice(0, 19)}Z`);

const columns = (size: string, modified: string): string => `${size.padStart(sizeWidth)}  ${modified.padEnd(dateWidth)}  `;

const longEntry = ({size, modified}: ObjectEntry): string => columns(String(size), date(modified));

const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

/** The lines of a page, folders between the objects where their names belong. */
const linesOf = ({entries, prefixes}: ListPage, output: Output, long: boolean): string => {
	const line = (columns: string, key: string) => `${columns}${output.text(key)}\n`;
	if (prefixes.length === 0) {
		let page = '';
		for (const entry of entries) {
			page += line(long ? longEntry(entry) : '', entry.key);
		}

		return page;
	}

	const folder = long ? columns('-', '-') : '';
	const folders = prefixes.map(prefix => [prefix, line(folder, prefix)] as const);
	const objects = entries.map(entry => [entry.key, line(long ? longEntry(entry) : '', entry.key)] as const);
	return [...folders, ...objects]
		.sort(byKey)
		.map(([, text]) => text)
		.join('');
};

// One write a page: a million keys are a thousand writes, and no more than a page is in memory.
export const run: Run<LsOptions> = async ({sluice, output, signal}, [text], {recursive, long = false}) => {
	const {bucket, key: prefix} = await openPlace(sluice, text);
	for await (const page of bucket.pages({prefix, delimiter: recursive ? undefined : '/', signal})) {
		const lines = linesOf(page, output, long);
		if (lines !== '') {
			await output.write(lines);
		}
	}
};
