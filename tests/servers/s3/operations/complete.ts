import {createHash} from 'node:crypto';
import {bucketOf, type Call, nowOf, type Operation} from '../call.ts';
import {algorithms, checksumElement, checksumHeader, compositeChecksum, fullChecksum} from '../checksums.ts';
import {checkWriteConditions, matchesEtag} from '../conditions.ts';
import type {StoredPart, Upload} from '../memory.ts';
import {S3Error} from '../s3-error.ts';
import type {Checksum} from '../types.ts';
import {childrenOf, readXml, textOf, type XmlNode} from '../xml-read.ts';
import {s3Document} from '../xml-write.ts';
import {checksumElements} from './copy.ts';

interface NamedPart {
	readonly number: number;
	readonly etag: string;
	readonly node: XmlNode;
}

const readParts = (content: Buffer): NamedPart[] => {
	const root = readXml(content);
	const parts = childrenOf(root, 'Part').map(node => ({
		number: Number(textOf(node, 'PartNumber')),
		etag: textOf(node, 'ETag') ?? '',
		node,
	}));

	if (
		root.name !== 'CompleteMultipartUpload' ||
		parts.length === 0 ||
		parts.some(({number, etag}) => !Number.isInteger(number) || etag === '')
	) {
		throw new S3Error('MalformedXML');
	}

	if (parts.some(({number}, index) => index > 0 && number <= parts[index - 1]!.number)) {
		throw new S3Error('InvalidPartOrder');
	}

	return parts;
};

const checkPartSum = ({number, node}: NamedPart, part: StoredPart, {uploadId, checksum}: Upload): void => {
	const given = algorithms.filter(algorithm => textOf(node, checksumElement(algorithm)) !== undefined);

	if (checksum && !given.includes(checksum.algorithm)) {
		throw new S3Error('InvalidRequest', {
			message: `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
		});
	}

	if (given.some(algorithm => algorithm !== part.checksum?.algorithm || textOf(node, checksumElement(algorithm)) !== part.checksum.value)) {
		throw new S3Error('InvalidPart', {details: {UploadId: uploadId, PartNumber: String(number), ETag: part.etag}});
	}
};

const collectParts = (call: Call, upload: Upload): StoredPart[] => {
	const named = readParts(call.payload.content);

	const parts = named.map(entry => {
		const part = upload.parts.get(entry.number);

		if (!part || !matchesEtag(entry.etag, part.etag)) {
			throw new S3Error('InvalidPart', {
				details: {UploadId: upload.uploadId, PartNumber: String(entry.number), ETag: entry.etag.replaceAll('"', '')},
			});
		}

		if (call.settings.checksums) {
			checkPartSum(entry, part, upload);
		}

		return part;
	});

	for (const [index, {content, etag}] of parts.slice(0, -1).entries()) {
		if (content.length < call.settings.minPartSize) {
			throw new S3Error('EntityTooSmall', {
				details: {
					ProposedSize: String(content.length),
					MinSizeAllowed: String(call.settings.minPartSize),
					PartNumber: String(named[index]!.number),
					ETag: etag.replaceAll('"', ''),
				},
			});
		}
	}

	if (upload.checksum?.type === 'COMPOSITE' && named.some(({number}, index) => number !== index + 1)) {
		throw new S3Error('InvalidRequest', {message: 'Part numbers must be consecutive and begin with 1 when a composite checksum is used.'});
	}

	return parts;
};

const checksumOf = ({headers, settings}: Call, {checksum}: Upload, parts: readonly StoredPart[], content: Buffer): Checksum | undefined => {
	if (!settings.checksums) {
		return;
	}

	const type = headers.get('x-amz-checksum-type');

	if (type !== undefined && type !== (checksum?.type ?? 'FULL_OBJECT')) {
		throw new S3Error('InvalidRequest', {
			message: `The upload was created using the ${checksum?.type ?? 'FULL_OBJECT'} checksum mode. The complete request must use the same checksum mode.`,
		});
	}

	const computed =
		checksum?.type === 'COMPOSITE'
			? compositeChecksum(
					checksum.algorithm,
					parts.map(part => part.checksum!.value),
				)
			: fullChecksum(checksum?.algorithm ?? 'CRC64NVME', content);

	for (const algorithm of algorithms) {
		const given = headers.get(checksumHeader(algorithm));

		if (given !== undefined && algorithm !== computed.algorithm) {
			throw new S3Error('InvalidRequest', {
				message: `Checksum Type mismatch occurred, expected checksum Type: ${computed.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
			});
		}

		if (given !== undefined && given !== computed.value) {
			throw new S3Error('BadDigest', {message: `The ${algorithm} you specified did not match the calculated checksum.`});
		}
	}

	return computed;
};

const checkSize = ({headers}: Call, size: number): void => {
	const given = headers.get('x-amz-mp-object-size');

	if (given !== undefined && given !== String(size)) {
		throw new S3Error('InvalidRequest', {
			message: `The provided 'x-amz-mp-object-size' header value does not match what was computed: ${size}`,
		});
	}
};

const multipartEtag = (parts: readonly StoredPart[]): string => {
	const hash = createHash('md5');

	for (const {etag} of parts) {
		hash.update(Buffer.from(etag.replaceAll('"', ''), 'hex'));
	}

	return `"${hash.digest('hex')}-${parts.length}"`;
};

/** CompleteMultipartUpload: any refusal leaves the upload open with all its parts. A second Complete finds no upload. */
export const completeMultipartUpload: Operation = call => {
	const bucket = bucketOf(call);
	const upload = bucket.upload(call.key, call.query.get('uploadId') ?? '');
	const parts = collectParts(call, upload);
	const content = parts.length === 1 ? parts[0]!.content : Buffer.concat(parts.map(part => part.content));
	checkSize(call, content.length);
	const checksum = checksumOf(call, upload, parts, content);
	checkWriteConditions(call);

	const etag = multipartEtag(parts);
	bucket.set(call.key, {
		content,
		metadata: upload.metadata,
		headers: upload.headers,
		etag,
		checksum,
		lastModified: nowOf(call),
		partSizes: parts.map(part => part.content.length),
	});
	bucket.uploads.delete(upload.uploadId);

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('CompleteMultipartUploadResult', {
			Location: `${call.origin}/${call.bucketName}/${encodeURIComponent(call.key)}`,
			Bucket: call.bucketName,
			Key: call.key,
			ETag: etag,
			...checksumElements(checksum),
		}),
	};
};
