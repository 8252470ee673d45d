import {checksumHeader} from './checksums.ts';
import {S3Error} from './s3-error.ts';
import type {Checksum, StoredObject} from './types.ts';

const MAX_METADATA_BYTES = 2048;
const prefix = 'x-amz-meta-';
const kept = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'];
const storageClasses =
	/^(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|GLACIER_IR|OUTPOSTS|EXPRESS_ONEZONE)$/;

type Headers = ReadonlyMap<string, string>;

// S3 takes RFC 2047 words in metadata and keeps what they say; raw bytes beyond ASCII it takes for latin1, as Node hands them over.
const decodeWords = (value: string): string =>
	value.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
		encoding.toUpperCase() === 'B'
			? Buffer.from(text, 'base64').toString()
			: Buffer.from(
					text.replaceAll('_', ' ').replaceAll(/=([\dA-F]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
					'latin1',
				).toString(),
	);

const encodeWord = (value: string): string =>
	/^[\t\u0020-\u007E]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;

/**
User metadata of a request, names without their prefix.

@throws {S3Error} `MetadataTooLarge` over 2 KiB of names and values.
*/
export const metadataOf = (headers: Headers): Record<string, string> => {
	const entries = [...headers]
		.filter(([name]) => name.startsWith(prefix))
		.map(([name, value]) => [name.slice(prefix.length), decodeWords(value)] as const);
	const size = entries.reduce((total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value), 0);

	if (size > MAX_METADATA_BYTES) {
		throw new S3Error('MetadataTooLarge', {details: {Size: String(size), MaxSizeAllowed: String(MAX_METADATA_BYTES)}});
	}

	return Object.fromEntries(entries);
};

/**
System headers that S3 keeps with an object. `aws-chunked` is framing of the request, so it is taken out of Content-Encoding.

@throws {S3Error} `InvalidStorageClass`; `NotImplemented` for keys of the customer (SSE-C).
*/
export const keptHeadersOf = (headers: Headers): Record<string, string> => {
	const storageClass = headers.get('x-amz-storage-class') ?? 'STANDARD';

	if (!storageClasses.test(storageClass)) {
		throw new S3Error('InvalidStorageClass', {details: {StorageClassRequested: storageClass}});
	}

	const customerKey = [...headers.keys()].find(name => name.includes('server-side-encryption-customer-'));

	if (customerKey) {
		throw new S3Error('NotImplemented', {details: {Header: customerKey}});
	}

	const entries = kept.flatMap(name => {
		const value = headers.get(name);
		const codings =
			name === 'content-encoding' ? value?.split(',').filter(coding => coding.trim().toLowerCase() !== 'aws-chunked') : undefined;
		const keptValue = codings ? codings.join(',').trim() : value;
		return keptValue ? [[name, keptValue] as const] : [];
	});

	return {
		'content-type': 'binary/octet-stream',
		...Object.fromEntries(entries),
		...(storageClass !== 'STANDARD' && {'x-amz-storage-class': storageClass}),
		'x-amz-server-side-encryption': headers.get('x-amz-server-side-encryption') ?? 'AES256',
	};
};

export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
	checksum ? {[checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type} : {};

const overrides = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'];

/** What GET and HEAD say of an object; `response-*` parameters of the query win over what was kept. */
export const describeObject = ({headers, metadata, etag, lastModified}: StoredObject, query: ReadonlyMap<string, string>) => {
	const wanted = overrides.flatMap(name => {
		const value = query.get(`response-${name}`);
		return value === undefined ? [] : [[name, value] as const];
	});

	return {
		...headers,
		...Object.fromEntries(wanted),
		...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${prefix}${name}`, encodeWord(value)])),
		etag,
		'last-modified': lastModified.toUTCString(),
		'accept-ranges': 'bytes',
	};
};
