import {bucketOf, type Operation} from '../call.ts';
import {checksumElement} from '../checksums.ts';
import {compareKeys} from '../memory.ts';
import {S3Error} from '../s3-error.ts';
import {s3Document} from '../xml-write.ts';
import {limitOf, nameEncoderOf} from './page.ts';

const owner = {ID: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a', DisplayName: 'sluice'};

export const listParts: Operation = call => {
	const upload = bucketOf(call).upload(call.key, call.query.get('uploadId') ?? '');
	const limit = limitOf(call, 'max-parts');
	const after = Number(call.query.get('part-number-marker') ?? 0);

	if (!Number.isInteger(after)) {
		throw new S3Error('InvalidArgument', {details: {ArgumentName: 'part-number-marker'}});
	}

	const rest = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
	const page = rest.slice(0, limit);

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('ListPartsResult', {
			Bucket: call.bucketName,
			Key: call.key,
			UploadId: upload.uploadId,
			Initiator: owner,
			Owner: owner,
			StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
			PartNumberMarker: after,
			NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
			MaxParts: limit,
			IsTruncated: rest.length > page.length,
			ChecksumAlgorithm: upload.checksum?.algorithm,
			ChecksumType: upload.checksum?.type,
			Part: page.map(([number, {lastModified, etag, content, checksum}]) => ({
				PartNumber: number,
				LastModified: lastModified.toISOString(),
				ETag: etag,
				Size: content.length,
				...(checksum && {[checksumElement(checksum.algorithm)]: checksum.value}),
			})),
		}),
	};
};

export const listMultipartUploads: Operation = call => {
	const {encode, encodingType} = nameEncoderOf(call);
	const {query} = call;
	const limit = limitOf(call, 'max-uploads');
	const prefix = query.get('prefix') ?? '';
	const delimiter = query.get('delimiter') ?? '';
	const keyMarker = query.get('key-marker') ?? '';
	const idMarker = query.get('upload-id-marker') ?? '';

	// By key, then by time of beginning; ids grow with time.
	const uploads = [...bucketOf(call).uploads.values()]
		.filter(({key}) => key.startsWith(prefix))
		.sort((a, b) => compareKeys(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1))
		.map(upload => {
			const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
			return {upload, group: end === -1 ? undefined : upload.key.slice(0, end + delimiter.length)};
		})
		.filter(({group}, index, all) => group === undefined || all.findIndex(other => other.group === group) === index)
		.filter(({upload, group}) => {
			const order = compareKeys(group ?? upload.key, keyMarker);
			return keyMarker === '' || order > 0 || (order === 0 && group === undefined && idMarker !== '' && upload.uploadId > idMarker);
		});
	const page = uploads.slice(0, limit);
	const last = page.at(-1);
	const isTruncated = uploads.length > page.length;

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('ListMultipartUploadsResult', {
			Bucket: call.bucketName,
			KeyMarker: encode(keyMarker),
			UploadIdMarker: idMarker,
			NextKeyMarker: isTruncated && last ? encode(last.group ?? last.upload.key) : undefined,
			NextUploadIdMarker: isTruncated && last && last.group === undefined ? last.upload.uploadId : undefined,
			Prefix: encode(prefix),
			Delimiter: delimiter === '' ? undefined : encode(delimiter),
			EncodingType: encodingType,
			MaxUploads: limit,
			IsTruncated: isTruncated,
			Upload: page
				.filter(({group}) => group === undefined)
				.map(({upload}) => ({
					Key: encode(upload.key),
					UploadId: upload.uploadId,
					Initiator: owner,
					Owner: owner,
					StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
					Initiated: upload.initiated.toISOString(),
					ChecksumAlgorithm: upload.checksum?.algorithm,
					ChecksumType: upload.checksum?.type,
				})),
			CommonPrefixes: page.filter(({group}) => group !== undefined).map(({group}) => ({Prefix: encode(group!)})),
		}),
	};
};
