import {bucketOf, type Call, type Operation} from '../call.ts';
import type {BucketMemory} from '../memory.ts';
import {S3Error} from '../s3-error.ts';
import {s3Document, type XmlValue} from '../xml-write.ts';
import {limitOf, nameEncoderOf, type Page, takePage} from './page.ts';

const tokenMark = 'sluice\u0000';

// With bytes that base64 writes as `+` and `/`, so that a client must encode the token in its query.
const tokenOf = (name: string): string =>
	Buffer.concat([Buffer.from([0xfb, 0xef, 0xff]), Buffer.from(tokenMark + name)]).toString('base64');

const nameOfToken = (token: string): string => {
	const text = Buffer.from(token, 'base64').subarray(3).toString();

	if (!text.startsWith(tokenMark) || tokenOf(text.slice(tokenMark.length)) !== token) {
		throw new S3Error('InvalidArgument', {
			message: 'The continuation token provided is incorrect',
			details: {ArgumentName: 'continuation-token'},
		});
	}

	return text.slice(tokenMark.length);
};

const contents = (bucket: BucketMemory, {entries}: Page, encode: (name: string) => string): Record<string, XmlValue> => ({
	Contents: entries
		.filter(({isPrefix}) => !isPrefix)
		.map(({name}) => {
			const {etag, content, lastModified, headers, checksum} = bucket.existing(name);
			return {
				Key: encode(name),
				LastModified: lastModified.toISOString(),
				ETag: etag,
				ChecksumAlgorithm: checksum?.algorithm,
				ChecksumType: checksum?.type,
				Size: content.length,
				StorageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
			};
		}),
	CommonPrefixes: entries.filter(({isPrefix}) => isPrefix).map(({name}) => ({Prefix: encode(name)})),
});

const xml = (call: Call, page: Page, own: Record<string, XmlValue>) => {
	const {encode, encodingType} = nameEncoderOf(call);
	const delimiter = call.query.get('delimiter');
	return {
		status: 200,
		headers: {'content-type': 'application/xml', 'x-amz-bucket-region': call.settings.region},
		body: s3Document('ListBucketResult', {
			Name: call.bucketName,
			Prefix: encode(call.query.get('prefix') ?? ''),
			...own,
			MaxKeys: limitOf(call, 'max-keys'),
			Delimiter: delimiter === undefined ? undefined : encode(delimiter),
			EncodingType: encodingType,
			IsTruncated: page.isTruncated,
			...contents(bucketOf(call), page, encode),
		}),
	};
};

const pageAfter = (call: Call, after: string): Page =>
	takePage(bucketOf(call).keys(), {
		prefix: call.query.get('prefix') ?? '',
		delimiter: call.query.get('delimiter') ?? '',
		after,
		limit: limitOf(call, 'max-keys'),
	});

export const listObjectsV2: Operation = call => {
	const {encode} = nameEncoderOf(call);
	const token = call.query.get('continuation-token');
	const startAfter = call.query.get('start-after');
	const page = pageAfter(call, token === undefined ? (startAfter ?? '') : nameOfToken(token));

	return xml(call, page, {
		ContinuationToken: token,
		NextContinuationToken: page.isTruncated ? tokenOf(page.entries.at(-1)!.name) : undefined,
		StartAfter: startAfter === undefined ? undefined : encode(startAfter),
		KeyCount: page.entries.length,
	});
};

/** The first version has no token: a client goes on from NextMarker, given only with a delimiter, or from the last key. */
export const listObjects: Operation = call => {
	const {encode} = nameEncoderOf(call);
	const marker = call.query.get('marker') ?? '';
	const page = pageAfter(call, marker);
	const hasNextMarker = page.isTruncated && call.query.has('delimiter');

	return xml(call, page, {
		Marker: encode(marker),
		NextMarker: hasNextMarker ? encode(page.entries.at(-1)!.name) : undefined,
	});
};
