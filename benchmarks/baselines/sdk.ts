import {S3Client} from '@aws-sdk/client-s3';

/** An object or a bucket as the baselines take it on the command line: `http://host:port/bucket/key`. */
export const locate = (text: string): {endpoint: string; Bucket: string; Key: string} => {
	const {origin, pathname} = new URL(text);
	const [, Bucket = '', ...key] = pathname.split('/');
	return {endpoint: origin, Bucket, Key: key.join('/')};
};

/**
The AWS SDK at its best: as it comes, but for the checksums of what it downloads, which it would compute in JavaScript at several seconds a GiB.

The sink checks no signature, so any key will do.
*/
export const openClient = (endpoint: string): S3Client =>
	new S3Client({
		endpoint,
		region: 'us-east-1',
		forcePathStyle: true,
		responseChecksumValidation: 'WHEN_REQUIRED',
		credentials: {accessKeyId: 'a', secretAccessKey: 'b'},
	});

/** Works through a list with so many workers at once. */
export const eachOf = async <Item>(items: readonly Item[], workers: number, use: (item: Item) => Promise<unknown>): Promise<void> => {
	let next = 0;
	const work = async () => {
		while (next < items.length) {
			await use(items[next++]!);
		}
	};

	await Promise.all(Array.from({length: workers}, work));
};
