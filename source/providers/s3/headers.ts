import {Buffer, isUtf8} from 'node:buffer';
import type {ContentHeaders, WriteCallOptions} from '../../contract/index.ts';
import {quote} from './values.ts';

const names = {
	contentType: 'content-type',
	cacheControl: 'cache-control',
	contentDisposition: 'content-disposition',
	contentEncoding: 'content-encoding',
	contentLanguage: 'content-language',
} as const satisfies Record<keyof ContentHeaders, string>;

const fields = Object.keys(names) as (keyof ContentHeaders)[];
const metadataPrefix = 'x-amz-meta-';

// What a header carries unchanged, whoever handles it: no white space at its ends, none doubled.
const plain = /^(?:[!-~]+(?: [!-~]+)*)?$/;
const encodedWords = /^=\?[\w-]+\?[BQbq]\?[^?]*\?=(?:\s+=\?[\w-]+\?[BQbq]\?[^?]*\?=)*$/;

/** Header text is Latin-1; what is UTF-8 is meant as such. */
const fromLatin1 = (text: string): string => {
	if (!/[\u0080-\u00FF]/.test(text)) {
		return text;
	}

	const bytes = Buffer.from(text, 'latin1');
	return isUtf8(bytes) ? bytes.toString() : text;
};

const toLatin1 = (text: string): string => (/[^\u0000-\u007F]/.test(text) ? Buffer.from(text).toString('latin1') : text);

/** Metadata beyond ASCII travels as RFC 2047 has it: S3 decodes it, stores it and gives it back so; others keep it as it is. */
const encodeMetadata = (value: string): string =>
	plain.test(value) && !encodedWords.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;

const decodeWord = (charset: string, encoding: string, text: string): string => {
	const bytes =
		encoding.toUpperCase() === 'B'
			? Buffer.from(text, 'base64')
			: Buffer.from(
					text.replaceAll('_', ' ').replaceAll(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
					'latin1',
				);
	return bytes.toString(/^iso-8859-1$/i.test(charset) ? 'latin1' : 'utf8');
};

const decodeMetadata = (value: string): string =>
	encodedWords.test(value)
		? value
				.replaceAll(/\?=\s+=\?/g, '?==?')
				.replaceAll(/=\?([\w-]+)\?([BQbq])\?([^?]*)\?=/g, (_, charset: string, encoding: string, text: string) =>
					decodeWord(charset, encoding, text),
				)
		: fromLatin1(value);

/** Headers of a new object: content headers, metadata, storage class. */
export const objectHeaders = (
	{headers, metadata, storageClass}: WriteCallOptions,
	defaultStorageClass: string | undefined,
): Record<string, string> => {
	const made: Record<string, string> = {};
	for (const field of fields) {
		const value = headers?.[field];
		if (value !== undefined) {
			made[names[field]] = toLatin1(value);
		}
	}

	for (const name in metadata) {
		made[`${metadataPrefix}${name}`] = encodeMetadata(metadata[name]!);
	}

	const chosen = storageClass ?? defaultStorageClass;
	if (chosen !== undefined) {
		made['x-amz-storage-class'] = chosen;
	}

	return made;
};

/** Headers of a condition on a write. */
export const conditionHeaders = ({condition}: WriteCallOptions): Record<string, string> => ({
	...(condition?.absent && {'if-none-match': '*'}),
	...(condition?.revision !== undefined && {'if-match': quote(condition.revision)}),
});

// A coding of the transfer, which some servers keep as if it were the object's.
const withoutChunked = (value: string): string =>
	value
		.split(',')
		.map(coding => coding.trim())
		.filter(coding => coding.toLowerCase() !== 'aws-chunked' && coding !== '')
		.join(', ');

/** Content headers of an answer. */
export const readContentHeaders = (headers: Readonly<Record<string, string | undefined>>): ContentHeaders => {
	const found: ContentHeaders = {};
	for (const field of fields) {
		const value = headers[names[field]];
		if (value !== undefined) {
			found[field] = fromLatin1(value);
		}
	}

	if (found.contentEncoding !== undefined) {
		found.contentEncoding = withoutChunked(found.contentEncoding);
		if (found.contentEncoding === '') {
			delete found.contentEncoding;
		}
	}

	return found;
};

/** User metadata of an answer, in an object without prototype. */
export const readMetadata = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> => {
	const metadata: Record<string, string> = Object.create(null);
	for (const name in headers) {
		if (name.startsWith(metadataPrefix)) {
			metadata[name.slice(metadataPrefix.length)] = decodeMetadata(headers[name]!);
		}
	}

	return metadata;
};
