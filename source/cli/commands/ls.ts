import type {ObjectEntry} from '../../index.ts';
import type {Run} from '../context.ts';
import {openPlace} from '../locations.ts';

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

// One write a page: a million keys are a thousand writes, and no more than a page is in memory.
export const run: Run<LsOptions> = async ({sluice, output, signal}, [text], {recursive, long}) => {
	const {bucket, key: prefix} = await openPlace(sluice, text);
	const before = long ? longEntry : () => '';
	const folder = long ? columns('-', '-') : '';
	for await (const {entries, prefixes} of bucket.pages({prefix, delimiter: recursive ? undefined : '/', signal})) {
		let page = '';
		for (const name of prefixes) {
			page += `${folder}${output.text(name)}\n`;
		}

		for (const entry of entries) {
			page += `${before(entry)}${output.text(entry.key)}\n`;
		}

		if (page !== '') {
			await output.write(page);
		}
	}
};
