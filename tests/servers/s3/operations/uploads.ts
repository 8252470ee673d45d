import {randomBytes} from 'node:crypto';
import {parseCopyRange} from '../byte-range.ts';
import {bucketOf, type Call, nowOf, type Operation} from '../call.ts';
import {algorithmNamed, checksumTypeFor, fullChecksum} from '../checksums.ts';
import type {StoredPart, Upload} from '../memory.ts';
import {checksumHeaders, keptHeadersOf, metadataOf} from '../object-headers.ts';
import {S3Error} from '../s3-error.ts';
import type {Checksum} from '../types.ts';
import {s3Document} from '../xml-write.ts';
import {checksumElements, copySourceOf} from './copy.ts';
import {quotedMd5} from './objects.ts';

const MAX_PART_BYTES = 5 * 1024 ** 3;
let begun = 0;

// Ids grow, so that lists can sort by them, and hold characters that a query must encode.
const createUploadId = (): string => `${String(++begun).padStart(9, '0')}.${randomBytes(24).toString('base64')}==`;

const checksumChoice = ({headers, settings}: Call): Upload['checksum'] => {
	const name = headers.get('x-amz-checksum-algorithm');
	const type = headers.get('x-amz-checksum-type');

	if (!settings.checksums) {
		return;
	}

	if (name === undefined) {
		if (type !== undefined) {
			throw new S3Error('InvalidRequest', {
				message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
			});
		}

		return;
	}

	const algorithm = algorithmNamed(name);
	return {algorithm, type: checksumTypeFor(algorithm, type)};
};

export const createMultipartUpload: Operation = call => {
	const bucket = bucketOf(call);
	const upload: Upload = {
		key: call.key,
		uploadId: createUploadId(),
		initiated: nowOf(call),
		metadata: metadataOf(call.headers),
		headers: keptHeadersOf(call.headers),
		checksum: checksumChoice(call),
		parts: new Map(),
	};
	bucket.uploads.set(upload.uploadId, upload);

	return {
		status: 200,
		headers: {
			'content-type': 'application/xml',
			...(upload.checksum && {'x-amz-checksum-algorithm': upload.checksum.algorithm, 'x-amz-checksum-type': upload.checksum.type}),
		},
		body: s3Document('InitiateMultipartUploadResult', {Bucket: call.bucketName, Key: call.key, UploadId: upload.uploadId}),
	};
};

const partNumberOf = ({query}: Call): number => {
	const value = query.get('partNumber') ?? '';

	if (!/^\d{1,5}$/.test(value) || Number(value) < 1 || Number(value) > 10_000) {
		throw new S3Error('InvalidArgument', {
			message: 'Part number must be an integer between 1 and 10000, inclusive',
			details: {ArgumentName: 'partNumber', ArgumentValue: value},
		});
	}

	return Number(value);
};

const uploadOf = (call: Call): Upload => bucketOf(call).upload(call.key, call.query.get('uploadId') ?? '');

// S3 holds a part to the algorithm its upload was begun with, in both directions.
const checkAlgorithm = ({checksum: wanted}: Upload, given: Checksum | undefined): void => {
	if (wanted?.algorithm !== given?.algorithm) {
		const name = (checksum: {algorithm: string} | undefined): string => checksum?.algorithm.toLowerCase() ?? 'null';
		throw new S3Error('InvalidRequest', {
			message: `Checksum Type mismatch occurred, expected checksum Type: ${name(wanted)}, actual checksum Type: ${name(given)}`,
		});
	}
};

export const uploadPart: Operation = call => {
	const number = partNumberOf(call);
	const upload = uploadOf(call);
	const {content, checksum} = call.payload;

	if (content.length > MAX_PART_BYTES) {
		throw new S3Error('EntityTooLarge', {details: {ProposedSize: String(content.length), MaxSizeAllowed: String(MAX_PART_BYTES)}});
	}

	if (call.settings.checksums) {
		checkAlgorithm(upload, checksum);
	}

	const etag = quotedMd5(content);
	upload.parts.set(number, {content, etag, checksum, lastModified: nowOf(call)});
	const {'x-amz-checksum-type': _, ...sum} = checksumHeaders(checksum);
	return {status: 200, headers: {etag, ...sum}};
};

export const uploadPartCopy: Operation = call => {
	const number = partNumberOf(call);
	const upload = uploadOf(call);
	const {source} = copySourceOf(call);
	const range = parseCopyRange(call.headers.get('x-amz-copy-source-range'), source.content.length, call.settings.minPartSize);
	const content = range ? source.content.subarray(range.start, range.end + 1) : source.content;
	const part: StoredPart = {
		content,
		etag: quotedMd5(content),
		checksum: upload.checksum && fullChecksum(upload.checksum.algorithm, content),
		lastModified: nowOf(call),
	};
	upload.parts.set(number, part);
	const {ChecksumType: _, ...sum} = checksumElements(part.checksum);

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('CopyPartResult', {LastModified: part.lastModified.toISOString(), ETag: part.etag, ...sum}),
	};
};

export const abortMultipartUpload: Operation = call => {
	bucketOf(call).uploads.delete(uploadOf(call).uploadId);
	return {status: 204};
};
