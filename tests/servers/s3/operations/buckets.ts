import {bucketOf, type Operation} from '../call.ts';
import {BucketMemory} from '../memory.ts';
import {S3Error} from '../s3-error.ts';
import {childrenOf, readXml, textOf} from '../xml-read.ts';
import {s3Document} from '../xml-write.ts';

const isBucketName = (name: string): boolean =>
	/^[\da-z][\d.a-z-]{1,61}[\da-z]$/.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name);

const locationOf = (content: Buffer): string | undefined => {
	if (content.length === 0) {
		return;
	}

	const root = readXml(content);

	if (root.name !== 'CreateBucketConfiguration') {
		throw new S3Error('MalformedXML');
	}

	return childrenOf(root, 'LocationConstraint').length === 0 ? undefined : textOf(root, 'LocationConstraint');
};

/** us-east-1 must be asked for by asking for nothing; every other region by its name, eu-west-1 also by the old `EU`. */
const checkLocation = (location: string | undefined, region: string): void => {
	if (region === 'us-east-1') {
		if (location !== undefined) {
			throw location === 'us-east-1'
				? new S3Error('InvalidLocationConstraint', {details: {LocationConstraint: location}})
				: new S3Error('IllegalLocationConstraintException', {
						message: `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
					});
		}

		return;
	}

	if (location !== region && !(region === 'eu-west-1' && location === 'EU')) {
		throw new S3Error('IllegalLocationConstraintException', {
			message: `The ${location ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
		});
	}
};

export const createBucket: Operation = ({memory, settings, bucketName, payload}) => {
	if (!isBucketName(bucketName)) {
		throw new S3Error('InvalidBucketName', {details: {BucketName: bucketName}});
	}

	checkLocation(locationOf(payload.content), settings.region);

	// Only us-east-1 says yes when the bucket is one's own already.
	if (memory.buckets.has(bucketName) && settings.region !== 'us-east-1') {
		throw new S3Error('BucketAlreadyOwnedByYou', {details: {BucketName: bucketName}});
	}

	if (!memory.buckets.has(bucketName)) {
		memory.buckets.set(bucketName, new BucketMemory());
	}

	return {status: 200, headers: {location: `/${bucketName}`}};
};

export const headBucket: Operation = call => {
	bucketOf(call);
	return {status: 200, headers: {'content-type': 'application/xml', 'x-amz-bucket-region': call.settings.region}};
};

export const deleteBucket: Operation = call => {
	if (bucketOf(call).keys().length > 0) {
		throw new S3Error('BucketNotEmpty', {details: {BucketName: call.bucketName}});
	}

	call.memory.buckets.delete(call.bucketName);
	return {status: 204};
};

export const getBucketLocation: Operation = call => {
	bucketOf(call);
	const {region} = call.settings;
	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('LocationConstraint', region === 'us-east-1' ? '' : region),
	};
};

export const listBuckets: Operation = ({memory}) => ({
	status: 200,
	headers: {'content-type': 'application/xml'},
	body: s3Document('ListAllMyBucketsResult', {
		Owner: {ID: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a', DisplayName: 'sluice'},
		Buckets: {Bucket: [...memory.buckets.keys()].sort().map(name => ({Name: name, CreationDate: '2026-01-01T00:00:00.000Z'}))},
	}),
});
