import {S3Error} from './s3-error.ts';

export type OperationName =
	| 'AbortMultipartUpload'
	| 'CompleteMultipartUpload'
	| 'CopyObject'
	| 'CreateBucket'
	| 'CreateMultipartUpload'
	| 'DeleteBucket'
	| 'DeleteObject'
	| 'DeleteObjects'
	| 'GetBucketLocation'
	| 'GetObject'
	| 'HeadBucket'
	| 'HeadObject'
	| 'ListBuckets'
	| 'ListMultipartUploads'
	| 'ListObjects'
	| 'ListObjectsV2'
	| 'ListParts'
	| 'PutObject'
	| 'UploadPart'
	| 'UploadPartCopy'
	| 'Unknown';

export interface Route {
	readonly operation: OperationName;
	/** Undefined for the service itself. */
	readonly bucket: string | undefined;
	/** Empty when the bucket itself is addressed. */
	readonly key: string;
	readonly query: ReadonlyMap<string, string>;
	/** Path and query as they came. */
	readonly rawPath: string;
	readonly rawQuery: string;
}

// Sub-resources that S3 has and the double has not: never to be taken for a plain read or write.
const foreign =
	/^(accelerate|acl|analytics|attributes|cors|encryption|intelligent-tiering|inventory|legal-hold|lifecycle|logging|metrics|notification|object-lock|ownershipControls|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|session|tagging|torrent|versioning|versions|website)$/;

const decode = (text: string): string => {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new S3Error('InvalidURI', {details: {URI: text}});
	}
};

const parseQuery = (query: string): Map<string, string> => {
	const pairs = query
		.split('&')
		.filter(Boolean)
		.map(pair => {
			const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
			return [decode(name), decode(value.join('='))] as const;
		});
	return new Map(pairs);
};

const ofBucket = (method: string, query: ReadonlyMap<string, string>): OperationName => {
	switch (method) {
		case 'GET':
			if (query.has('location')) {
				return 'GetBucketLocation';
			}

			if (query.has('uploads')) {
				return 'ListMultipartUploads';
			}

			return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
		case 'HEAD':
			return 'HeadBucket';
		case 'PUT':
			return 'CreateBucket';
		case 'DELETE':
			return 'DeleteBucket';
		default:
			return method === 'POST' && query.has('delete') ? 'DeleteObjects' : 'Unknown';
	}
};

const ofObject = (method: string, query: ReadonlyMap<string, string>, isCopy: boolean): OperationName => {
	const inUpload = query.has('uploadId');

	switch (method) {
		case 'GET':
			return inUpload ? 'ListParts' : 'GetObject';
		case 'HEAD':
			return 'HeadObject';
		case 'PUT':
			if (inUpload || query.has('partNumber')) {
				return isCopy ? 'UploadPartCopy' : 'UploadPart';
			}

			return isCopy ? 'CopyObject' : 'PutObject';
		case 'DELETE':
			return inUpload ? 'AbortMultipartUpload' : 'DeleteObject';
		case 'POST':
			if (query.has('uploads')) {
				return 'CreateMultipartUpload';
			}

			return inUpload ? 'CompleteMultipartUpload' : 'Unknown';
		default:
			return 'Unknown';
	}
};

const hostBucket = (host: string, virtualHost: string | undefined): string | undefined => {
	const name = host.replace(/:\d+$/, '').toLowerCase();
	return virtualHost && name.endsWith(`.${virtualHost}`) ? name.slice(0, -virtualHost.length - 1) : undefined;
};

/**
Says what a request asks for, from its raw target. The key is percent-decoded once and otherwise kept byte for byte: a plus is a plus, `//` and `..` stay.

@throws {S3Error} `InvalidURI` for a broken escape or a key that is no UTF-8.
*/
export const routeOf = (method: string, url: string, headers: ReadonlyMap<string, string>, virtualHost?: string): Route => {
	const mark = url.indexOf('?');
	const rawPath = mark === -1 ? url : url.slice(0, mark);
	const rawQuery = mark === -1 ? '' : url.slice(mark + 1);
	const query = parseQuery(rawQuery);
	const bucketOfHost = hostBucket(headers.get('host') ?? '', virtualHost);
	const target = bucketOfHost === undefined ? rawPath.slice(1) : `${bucketOfHost}${rawPath}`;
	const slash = target.indexOf('/');
	const bucket = decode(slash === -1 ? target : target.slice(0, slash)) || undefined;
	const key = slash === -1 ? '' : decode(target.slice(slash + 1));
	const base = {bucket, key, query, rawPath, rawQuery};

	if (!rawPath.startsWith('/') || [...query.keys()].some(name => foreign.test(name))) {
		return {...base, operation: 'Unknown'};
	}

	if (!bucket) {
		return {...base, operation: method === 'GET' && key === '' ? 'ListBuckets' : 'Unknown'};
	}

	return {...base, operation: key === '' ? ofBucket(method, query) : ofObject(method, query, headers.has('x-amz-copy-source'))};
};
