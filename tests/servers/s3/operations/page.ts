import type {Call} from '../call.ts';
import {compareKeys} from '../memory.ts';
import {S3Error} from '../s3-error.ts';
import {uriEncode} from '../signature.ts';

/** A key, or the prefix that stands for all keys under it. */
export interface Entry {
	readonly name: string;
	readonly isPrefix: boolean;
}

interface PageOptions {
	readonly prefix: string;
	readonly delimiter: string;
	/** Only what sorts behind this is listed. */
	readonly after: string;
	readonly limit: number;
}

export interface Page {
	readonly entries: readonly Entry[];
	readonly isTruncated: boolean;
}

/** Takes a page out of sorted keys; a common prefix counts as one entry. */
export const takePage = (keys: readonly string[], {prefix, delimiter, after, limit}: PageOptions): Page => {
	const entries: Entry[] = [];
	let last: Entry | undefined;

	for (const key of keys) {
		if (!key.startsWith(prefix) || (after !== '' && compareKeys(key, after) <= 0)) {
			continue;
		}

		const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
		const name = end === -1 ? key : key.slice(0, end + delimiter.length);

		// What a page ended with, when it was a prefix, is behind us with all its keys.
		if (end !== -1 && (name === after || (last?.isPrefix && last.name === name))) {
			continue;
		}

		if (entries.length === limit) {
			return {entries, isTruncated: limit > 0};
		}

		last = {name, isPrefix: end !== -1};
		entries.push(last);
	}

	return {entries, isTruncated: false};
};

/** @throws {S3Error} `InvalidArgument` for anything but a whole number. */
export const limitOf = ({query, settings}: Call, name: string): number => {
	const value = query.get(name) || '1000';

	if (!/^\d{1,10}$/.test(value)) {
		throw new S3Error('InvalidArgument', {
			message: `Provided ${name} not an integer or within integer range`,
			details: {ArgumentName: name, ArgumentValue: value},
		});
	}

	return Math.min(Number(value), settings.pageSize, 1000);
};

/**
How names are written in a list: with `encoding-type=url` as in a form (a space is `+`, a slash stays), else as they are.

@throws {S3Error} `InvalidArgument` for another encoding.
*/
export const nameEncoderOf = ({query}: Call): {encode: (name: string) => string; encodingType: string | undefined} => {
	const encodingType = query.get('encoding-type');

	if (encodingType === undefined) {
		return {encode: name => name, encodingType};
	}

	if (encodingType !== 'url') {
		throw new S3Error('InvalidArgument', {
			message: 'Invalid Encoding Method specified in Request',
			details: {ArgumentName: 'encoding-type', ArgumentValue: encodingType},
		});
	}

	const encode = (name: string): string =>
		uriEncode(name).replaceAll('%2F', '/').replaceAll('%20', '+').replaceAll('%2A', '*').replaceAll('~', '%7E');
	return {encode, encodingType};
};
