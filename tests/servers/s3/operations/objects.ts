import {createHash, randomBytes} from 'node:crypto';
import type {Answer} from '../answer.ts';
import {type ByteRange, parseRange} from '../byte-range.ts';
import {bucketOf, type Call, nowOf, type Operation} from '../call.ts';
import {fullChecksum} from '../checksums.ts';
import {checkReadConditions, checkWriteConditions} from '../conditions.ts';
import {checksumHeaders, describeObject, keptHeadersOf, metadataOf} from '../object-headers.ts';
import {S3Error} from '../s3-error.ts';
import type {StoredObject} from '../types.ts';

const MAX_PUT_BYTES = 5 * 1024 ** 3;

export const quotedMd5 = (content: Uint8Array): string => `"${createHash('md5').update(content).digest('hex')}"`;

/** ETag of a plain object: its MD5, or nothing one could guess under KMS. */
export const plainEtag = (content: Uint8Array, headers: Readonly<Record<string, string>>): string =>
	headers['x-amz-server-side-encryption'] === 'AES256' ? quotedMd5(content) : `"${randomBytes(16).toString('hex')}"`;

export const putObject: Operation = call => {
	const bucket = bucketOf(call);
	const {content} = call.payload;

	if (content.length > MAX_PUT_BYTES) {
		throw new S3Error('EntityTooLarge', {details: {ProposedSize: String(content.length), MaxSizeAllowed: String(MAX_PUT_BYTES)}});
	}

	checkWriteConditions(call);
	const headers = keptHeadersOf(call.headers);
	const checksum = call.settings.checksums ? (call.payload.checksum ?? fullChecksum('CRC64NVME', content)) : undefined;
	const etag = plainEtag(content, headers);
	bucket.set(call.key, {
		content,
		metadata: metadataOf(call.headers),
		headers,
		etag,
		checksum,
		lastModified: nowOf(call),
		partSizes: undefined,
	});

	return {
		status: 200,
		headers: {etag, 'x-amz-server-side-encryption': headers['x-amz-server-side-encryption'] ?? 'AES256', ...checksumHeaders(checksum)},
	};
};

const partRange = ({content, partSizes = [content.length]}: StoredObject, number: number): ByteRange => {
	const size = partSizes[number - 1];

	if (size === undefined) {
		throw new S3Error('InvalidPartNumber');
	}

	const start = partSizes.slice(0, number - 1).reduce((total, part) => total + part, 0);
	return {start, end: start + size - 1};
};

const rangeOf = ({headers, query, fault}: Call, object: StoredObject): ByteRange | undefined => {
	const partNumber = query.get('partNumber');

	if (partNumber !== undefined) {
		return partRange(object, Number(partNumber));
	}

	return fault?.ignoreRange ? undefined : parseRange(headers.get('range'), object.content.length);
};

const read = (call: Call): Answer => {
	const object = bucketOf(call).existing(call.key);

	if (call.query.has('versionId') && call.query.get('versionId') !== 'null') {
		throw new S3Error('InvalidArgument', {message: 'Invalid version id specified', details: {ArgumentName: 'versionId'}});
	}

	checkReadConditions(call.headers, object);
	const range = rangeOf(call, object);
	const size = object.content.length;
	const body = range ? object.content.subarray(range.start, range.end + 1) : object.content;
	const isSumWanted = range === undefined && call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';

	return {
		status: range ? 206 : 200,
		headers: {
			...describeObject(object, call.query),
			'content-length': String(body.length),
			...(range && {'content-range': `bytes ${range.start}-${range.end}/${size}`}),
			...(call.query.has('partNumber') && object.partSizes && {'x-amz-mp-parts-count': String(object.partSizes.length)}),
			...(isSumWanted && checksumHeaders(object.checksum)),
		},
		body,
	};
};

export const getObject: Operation = read;

/** HEAD has the headers of GET; the writer leaves the body out. */
export const headObject: Operation = read;

export const deleteObject: Operation = call => {
	const bucket = bucketOf(call);
	checkWriteConditions(call);
	bucket.delete(call.key);
	return {status: 204};
};
