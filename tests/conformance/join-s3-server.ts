import {randomUUID} from 'node:crypto';
import process from 'node:process';
import {DeleteBucketCommand, S3Client} from '@aws-sdk/client-s3';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {createDriver} from '../../source/providers/s3/index.ts';
import {MIB} from '../../source/utils/sizes.ts';
import type {Harness} from './harness.ts';
import {conformance} from './index.ts';
import {collect, keysOf} from './tools.ts';

/** What a variable such as `http://ACCESS:SECRET@HOST:PORT/?region=us-east-1` says. */
const readVariable = (text: string) => {
	const url = new URL(text);
	return {
		endpoint: url.origin,
		region: url.searchParams.get('region') ?? 'us-east-1',
		user: decodeURIComponent(url.username),
		key: decodeURIComponent(url.password),
	};
};

const nameOf = (bucket: Bucket): string => bucket.driver.location.split('/').at(-1)!;

const empty = async (bucket: Bucket): Promise<void> => {
	for (const {token} of bucket.capabilities.uploads ? await collect(bucket.uploads()) : []) {
		await bucket.driver.resume!(token).abort({});
	}

	const keys = await keysOf(bucket);
	for (let offset = 0; offset < keys.length; offset += 1000) {
		await bucket.driver.remove(keys.slice(offset, offset + 1000), {});
	}
};

/**
Joins the suite on a real server, every test in a bucket of its own, when a variable names one. Call it once in a file.

@param skip - Cases that this server cannot pass, by id, and why.
*/
export const joinS3Server = async (name: string, variable: string, skip: Harness['skip'] = {}): Promise<void> => {
	const text = process.env[variable];
	if (text === undefined || text === '') {
		test.skip(`${name}: the conformance suite (set ${variable} to http://ACCESS:SECRET@HOST:PORT/?region=us-east-1)`, () => {});
		return;
	}

	const {endpoint, region, user, key} = readVariable(text);
	const open = (bucket: string): Bucket => new Bucket(createDriver({name, type: 's3', bucket, endpoint, region, user, key}));
	const sdk = new S3Client({endpoint, region, forcePathStyle: true, credentials: {accessKeyId: user, secretAccessKey: key}});

	await conformance({
		name,
		partSize: 5 * MIB,
		skip,
		async open() {
			const bucket = open(`sluice-${randomUUID()}`);
			await bucket.driver.createBucket!({});
			return bucket;
		},
		reopen: async bucket => open(nameOf(bucket)),
		async clean(bucket) {
			await empty(bucket);
			await sdk.send(new DeleteBucketCommand({Bucket: nameOf(bucket)}));
		},
	});
	test.after.always(() => sdk.destroy());
};
