import {randomUUID} from 'node:crypto';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {createDriver} from '../../source/providers/s3/index.ts';
import {MIB} from '../../source/utils/sizes.ts';
import {type S3ServerOptions, startS3Server} from '../servers/s3/index.ts';
import {conformance} from './index.ts';

/** Joins the suite on a double that behaves as the options say; every test has a bucket of its own there. Call it once in a file. */
export const joinS3Double = async (name: string, options: S3ServerOptions): Promise<void> => {
	const server = await startS3Server(options);
	const {endpoint, region, accessKeyId: user, secretAccessKey: key} = server;
	const open = (bucket: string): Bucket => new Bucket(createDriver({name: 'double', type: 's3', bucket, endpoint, region, user, key}));

	await conformance({
		name,
		partSize: 5 * MIB,
		async open() {
			const bucket = open(`bucket-${randomUUID()}`);
			await bucket.driver.createBucket!({});
			return bucket;
		},
		reopen: async bucket => open(bucket.driver.location.split('/').at(-1)!),
	});
	test.after.always(async () => server.close());
};
