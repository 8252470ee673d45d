import {bucketOf, type Call, nowOf, type Operation} from '../call.ts';
import {algorithmNamed, checksumElement, fullChecksum} from '../checksums.ts';
import {checkReadConditions, checkWriteConditions} from '../conditions.ts';
import {keptHeadersOf, metadataOf} from '../object-headers.ts';
import {S3Error} from '../s3-error.ts';
import type {Checksum, StoredObject} from '../types.ts';
import {s3Document, type XmlElements} from '../xml-write.ts';
import {plainEtag} from './objects.ts';

const decodeSource = (source: string): string => {
	try {
		// As in a form, a plus is a space: a key with a plus must be sent as %2B.
		return decodeURIComponent(source.replaceAll('+', ' '));
	} catch {
		throw new S3Error('InvalidArgument', {
			message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
			details: {ArgumentName: 'x-amz-copy-source', ArgumentValue: source},
		});
	}
};

/**
Finds the object that `x-amz-copy-source` names and checks the conditions on it.

@throws {S3Error} `InvalidArgument`, `NoSuchBucket`, `NoSuchKey` or `PreconditionFailed`.
*/
export const copySourceOf = (call: Call): {source: StoredObject; name: string} => {
	const header = call.headers.get('x-amz-copy-source') ?? '';
	const [path = '', version] = header.split('?versionId=');
	const name = decodeSource(path).replace(/^\//, '');
	const slash = name.indexOf('/');

	if (slash < 1 || slash === name.length - 1 || (version !== undefined && version !== 'null')) {
		throw new S3Error('InvalidArgument', {
			message:
				version === undefined
					? 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'
					: 'Invalid version id specified',
			details: {ArgumentName: 'x-amz-copy-source', ArgumentValue: header},
		});
	}

	const source = call.memory.bucket(name.slice(0, slash)).existing(name.slice(slash + 1));
	checkReadConditions(call.headers, source, 'x-amz-copy-source-');
	return {source, name};
};

/** Elements of an answer that say the checksum; none when there is none. */
export const checksumElements = (checksum: Checksum | undefined): XmlElements =>
	checksum ? {[checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type} : {};

const directiveOf = (call: Call): 'COPY' | 'REPLACE' => {
	const directive = call.headers.get('x-amz-metadata-directive') ?? 'COPY';

	if (directive !== 'COPY' && directive !== 'REPLACE') {
		throw new S3Error('InvalidArgument', {
			message: 'Unknown metadata directive.',
			details: {ArgumentName: 'x-amz-metadata-directive', ArgumentValue: directive},
		});
	}

	return directive;
};

// S3 sums a copy anew: with the algorithm asked for, else with the source's, else with its own.
const checksumOf = (call: Call, source: StoredObject): Checksum | undefined => {
	if (!call.settings.checksums) {
		return;
	}

	const asked = call.headers.get('x-amz-checksum-algorithm');
	const algorithm = asked ? algorithmNamed(asked) : (source.checksum?.algorithm ?? 'CRC64NVME');
	return source.checksum?.algorithm === algorithm && source.checksum.type === 'FULL_OBJECT'
		? source.checksum
		: fullChecksum(algorithm, source.content);
};

export const copyObject: Operation = call => {
	const bucket = bucketOf(call);
	const {source, name} = copySourceOf(call);
	const directive = directiveOf(call);
	const own = keptHeadersOf(call.headers);

	if (name === `${call.bucketName}/${call.key}` && directive === 'COPY' && !call.headers.has('x-amz-storage-class')) {
		throw new S3Error('InvalidRequest', {
			message:
				"This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
		});
	}

	checkWriteConditions(call);
	const {'x-amz-storage-class': _, ...sourceHeaders} = source.headers;
	const storageClass = own['x-amz-storage-class'];
	const headers = directive === 'REPLACE' ? own : {...sourceHeaders, ...(storageClass && {'x-amz-storage-class': storageClass})};
	const object: StoredObject = {
		content: source.content,
		metadata: directive === 'REPLACE' ? metadataOf(call.headers) : source.metadata,
		headers,
		etag: plainEtag(source.content, headers),
		checksum: checksumOf(call, source),
		lastModified: nowOf(call),
		partSizes: undefined,
	};
	bucket.set(call.key, object);

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('CopyObjectResult', {
			LastModified: object.lastModified.toISOString(),
			ETag: object.etag,
			...checksumElements(object.checksum),
		}),
	};
};
