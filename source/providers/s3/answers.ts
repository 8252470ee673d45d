import {
	type ByteRange,
	type Checksums,
	type ErrorContext,
	type ObjectInfo,
	type ReadAnswer,
	SluiceError,
	type WriteCallOptions,
} from '../../contract/index.ts';
import type {WireHead} from '../../wire/index.ts';
import {parseCrc32c} from './checksum-text.ts';
import {badAnswer} from './errors.ts';
import {readContentHeaders, readMetadata} from './headers.ts';
import {parseDate, parseSize, unquote} from './values.ts';

type Headers = WireHead['headers'];

/** The MD5 that an ETag is, or none: uploads in parts and some encryptions have ETags of other kinds. */
const md5Of = (etag: string | undefined, headers: Headers): string | undefined => {
	const isOther =
		headers['x-amz-server-side-encryption']?.startsWith('aws:kms') ||
		headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined;
	return etag !== undefined && !isOther && /^[\da-f]{32}$/i.test(etag) ? etag.toLowerCase() : undefined;
};

/** Sums of a whole object. */
export const readChecksums = (etag: string | undefined, headers: Headers): Checksums => {
	const md5 = md5Of(etag, headers);
	const crc32c = headers['x-amz-checksum-type'] === 'COMPOSITE' ? undefined : parseCrc32c(headers['x-amz-checksum-crc32c']);
	return {...(crc32c !== undefined && {crc32c}), ...(md5 !== undefined && {md5})};
};

export const readEtag = (headers: Headers): string | undefined => {
	const etag = headers.etag === undefined ? '' : unquote(headers.etag);
	return etag === '' ? undefined : etag;
};

const infoOf = (key: string, size: number, head: WireHead, context: ErrorContext): ObjectInfo => {
	const {headers} = head;
	const etag = readEtag(headers);
	const date = headers['last-modified'];
	const modified = date === undefined ? undefined : parseDate(date);
	if (date !== undefined && modified === undefined) {
		throw badAnswer('has a date that is none', head, context);
	}

	return {
		key,
		size,
		modified,
		etag,
		revision: etag,
		storageClass: headers['x-amz-storage-class'],
		headers: readContentHeaders(headers),
		metadata: readMetadata(headers),
		checksums: readChecksums(etag, headers),
	};
};

const lengthOf = (head: WireHead, context: ErrorContext): number => {
	const length = parseSize(head.headers['content-length']);
	if (length === undefined) {
		throw badAnswer('does not tell its length', head, context);
	}

	return length;
};

/** Reads the answer to HEAD. */
export const readStat = (key: string, head: WireHead): ObjectInfo => {
	const context = {operation: 'stat', key};
	if (head.status !== 200) {
		throw badAnswer(`has a status that HEAD cannot have, ${head.status}`, head, context);
	}

	return infoOf(key, lengthOf(head, context), head, context);
};

interface ContentRange {
	readonly start: number;
	readonly end: number;
	readonly total: number;
}

/** Reads `bytes 0-9/100`; `undefined` for anything else, an unknown total included. */
export const parseContentRange = (text: string | undefined): ContentRange | undefined => {
	const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(text ?? '');
	const [start, end, total] = [parseSize(match?.[1]), parseSize(match?.[2]), parseSize(match?.[3])];
	return start === undefined || end === undefined || total === undefined || start > end || end >= total ? undefined : {start, end, total};
};

const partial = (key: string, asked: ByteRange, head: WireHead, context: ErrorContext): ReadAnswer => {
	const range = parseContentRange(head.headers['content-range']);
	const length = lengthOf(head, context);
	const wantedEnd = range && Math.min(asked.end ?? range.total - 1, range.total - 1);
	if (range === undefined || range.start !== asked.start || range.end !== wantedEnd || range.end - range.start + 1 !== length) {
		throw new SluiceError('RANGE_MISMATCH', 'The server sent another range than the one asked for', {
			...context,
			provider: 's3',
			status: 206,
		});
	}

	return {info: infoOf(key, range.total, head, context), start: range.start, length};
};

/** Reads the head of the answer to GET. A whole object where a range was asked for is reported as what it is. */
export const readGet = (key: string, range: ByteRange | undefined, head: WireHead): ReadAnswer => {
	const context = {operation: 'read', key};
	if (head.status === 206 && range !== undefined) {
		return partial(key, range, head, context);
	}

	if (head.status !== 200) {
		throw badAnswer(`has a status that was not asked for, ${head.status}`, head, context);
	}

	const length = lengthOf(head, context);
	return {info: infoOf(key, length, head, context), start: 0, length};
};

/** What is known of an object that was just written. */
export const storedInfo = (
	key: string,
	size: number,
	etag: string | undefined,
	checksums: Checksums,
	options: WriteCallOptions,
): ObjectInfo => ({
	key,
	size,
	etag,
	revision: etag,
	storageClass: options.storageClass,
	headers: {...options.headers},
	metadata: Object.assign(Object.create(null) as Record<string, string>, options.metadata),
	checksums,
});
