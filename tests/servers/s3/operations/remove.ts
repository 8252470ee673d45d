import {bucketOf, type Operation} from '../call.ts';
import {messageOf, S3Error} from '../s3-error.ts';
import {childrenOf, readXml, textOf} from '../xml-read.ts';
import {s3Document} from '../xml-write.ts';

const MAX_KEYS = 1000;

/** DeleteObjects: removes up to 1000 keys, each with its own outcome in an answer of 200. */
export const deleteObjects: Operation = call => {
	const bucket = bucketOf(call);

	if (!call.payload.hasMd5 && !call.payload.checksum) {
		throw new S3Error('InvalidRequest', {message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*'});
	}

	const root = readXml(call.payload.content);
	const keys = childrenOf(root, 'Object').map(node => textOf(node, 'Key'));

	if (root.name !== 'Delete' || keys.length === 0 || keys.length > MAX_KEYS || keys.some(key => !key)) {
		throw new S3Error('MalformedXML');
	}

	const refusal = call.fault?.refuseKeys;
	const outcomes = keys.map(key => ({key: key!, isRefused: refusal?.keys.test(key!) ?? false}));
	const removed = outcomes.filter(({isRefused}) => !isRefused);

	for (const {key} of removed) {
		bucket.delete(key);
	}

	return {
		status: 200,
		headers: {'content-type': 'application/xml'},
		body: s3Document('DeleteResult', {
			Deleted: textOf(root, 'Quiet') === 'true' ? undefined : removed.map(({key}) => ({Key: key})),
			Error: outcomes
				.filter(({isRefused}) => isRefused)
				.map(({key}) => ({Key: key, Code: refusal!.code, Message: messageOf(refusal!.code)})),
		}),
	};
};
