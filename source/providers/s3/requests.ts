import {Buffer} from 'node:buffer';
import {createHash} from 'node:crypto';
import type {ListPageOptions, PartReceipt, ReadCallOptions, WriteCallOptions} from '../../contract/index.ts';
import {formatCrc32c} from './checksum-text.ts';
import type {S3Request} from './client.ts';
import {encodeQuery} from './encode.ts';
import {conditionHeaders, objectHeaders} from './headers.ts';
import {UNSIGNED_PAYLOAD} from './sign.ts';
import {quote} from './values.ts';
import {escapeXml} from './xml.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const checksumMode = {'x-amz-checksum-mode': 'ENABLED'};

/** Completing a large upload may take minutes. */
const completeMilliseconds = 5 * 60_000;

type Description = S3Request & {headers: Record<string, string>};

const document = (text: string) => {
	const bytes = Buffer.from(text);
	return {size: bytes.length, send: async (write: (chunk: Uint8Array) => void | Promise<void>) => write(bytes)};
};

export const statRequest = (key: string, isSummed: boolean): Description => ({
	operation: 'stat',
	method: 'HEAD',
	key,
	headers: isSummed ? checksumMode : {},
});

export const readRequest = (key: string, {range, pin}: ReadCallOptions, isSummed: boolean): Description => ({
	operation: 'read',
	method: 'GET',
	key,
	precondition: 'SOURCE_CHANGED',
	headers: {
		...(range !== undefined && {range: `bytes=${range.start}-${range.end ?? ''}`}),
		...(pin !== undefined && {'if-match': quote(pin)}),
		...(range === undefined && isSummed && checksumMode),
	},
});

export const listRequest = ({prefix, delimiter, startAfter, token, limit}: ListPageOptions): Description => ({
	operation: 'list',
	method: 'GET',
	query: encodeQuery({
		'continuation-token': token,
		delimiter: delimiter || undefined,
		'encoding-type': 'url',
		'list-type': 2,
		'max-keys': limit === undefined ? undefined : Math.min(limit, 1000),
		prefix: prefix || undefined,
		'start-after': startAfter || undefined,
	}),
	headers: {},
});

/** What a 412 means to a write. */
const preconditionOf = ({condition}: WriteCallOptions) =>
	condition?.absent ? 'ALREADY_EXISTS' : condition?.revision === undefined ? undefined : 'PRECONDITION_FAILED';

export const putRequest = (key: string, options: WriteCallOptions, storageClass: string | undefined): Description => ({
	operation: 'put',
	method: 'PUT',
	key,
	precondition: preconditionOf(options),
	headers: {...objectHeaders(options, storageClass), ...conditionHeaders(options)},
});

export const beginRequest = (key: string, options: WriteCallOptions, storageClass: string | undefined, isSummed: boolean): Description => ({
	operation: 'begin',
	method: 'POST',
	key,
	query: 'uploads=',
	headers: {
		...objectHeaders(options, storageClass),
		...(isSummed && {'x-amz-checksum-algorithm': 'CRC32C', 'x-amz-checksum-type': 'FULL_OBJECT'}),
	},
});

export const partRequest = (key: string, uploadId: string, number: number): Description => ({
	operation: 'part',
	method: 'PUT',
	key,
	part: number,
	query: encodeQuery({partNumber: number, uploadId}),
	headers: {},
});

const partElement = ({number, etag, crc32c}: PartReceipt, isSummed: boolean): string => {
	const sum = isSummed ? `<ChecksumCRC32C>${formatCrc32c(crc32c)}</ChecksumCRC32C>` : '';
	return `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(quote(etag ?? ''))}</ETag>${sum}</Part>`;
};

interface Completion {
	readonly uploadId: string;
	readonly parts: readonly PartReceipt[];
	readonly size: number;
	readonly crc32c: number;
	/** The upload keeps one CRC32C for the whole. */
	readonly isSummed: boolean;
	readonly condition: WriteCallOptions['condition'];
}

export const completeRequest = (key: string, {uploadId, parts, size, crc32c, isSummed, condition}: Completion): Description => ({
	operation: 'complete',
	method: 'POST',
	key,
	precondition: preconditionOf({condition}),
	query: encodeQuery({uploadId}),
	headers: {
		'content-type': 'application/xml',
		...conditionHeaders({condition}),
		...(isSummed && {
			'x-amz-checksum-crc32c': formatCrc32c(crc32c),
			'x-amz-checksum-type': 'FULL_OBJECT',
			'x-amz-mp-object-size': String(size),
		}),
	},
	body: document(
		`<CompleteMultipartUpload xmlns="${namespace}">${parts.map(part => partElement(part, isSummed)).join('')}</CompleteMultipartUpload>`,
	),
	payload: UNSIGNED_PAYLOAD,
	firstByteMilliseconds: completeMilliseconds,
});

export const abortRequest = (key: string, uploadId: string): Description => ({
	operation: 'abort',
	method: 'DELETE',
	key,
	query: encodeQuery({uploadId}),
	headers: {},
});

export const removeRequest = (key: string): Description => ({operation: 'remove', method: 'DELETE', key, headers: {}});

export const removeManyRequest = (keys: readonly string[]): Description => {
	const objects = keys.map(key => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('');
	const text = `<Delete xmlns="${namespace}">${objects}</Delete>`;
	return {
		operation: 'remove',
		method: 'POST',
		query: 'delete=',
		// S3 takes a checksum in its place; older servers want this one.
		headers: {'content-type': 'application/xml', 'content-md5': createHash('md5').update(text).digest('base64')},
		body: document(text),
		payload: UNSIGNED_PAYLOAD,
	};
};
