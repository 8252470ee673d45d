import {Buffer} from 'node:buffer';
import type {ExecutionContext} from 'ava';
import {Bucket} from '../../../source/bucket/index.ts';
import {type BucketEntry, createRetrier, type Driver, defaultRetryPolicy, type PartReceipt} from '../../../source/contract/index.ts';
import {createDriver} from '../../../source/providers/s3/index.ts';
import {crc32c, streamedBody} from '../../../source/streams/index.ts';
import {KIB} from '../../../source/utils/sizes.ts';
import {type S3Server, type S3ServerOptions, startS3Server} from '../../servers/s3/index.ts';

export {bodyOf} from '../../../source/streams/bodies.ts';

/** A retrier that waits for nothing. */
export const impatient = () =>
	createRetrier(defaultRetryPolicy, {now: () => performance.now(), random: () => 0, sleep: async () => undefined});

/** Opens a double and a driver on it; both are gone after the test. */
export const open = async (t: ExecutionContext, options: S3ServerOptions = {}, entry: Partial<BucketEntry> = {}) => {
	const server = await startS3Server({minPartSize: 8 * KIB, ...options});
	const driver = driverOf(server, entry);
	t.teardown(async () => {
		await driver.close();
		await server.close();
	});
	return {server, driver, bucket: new Bucket(driver, {retrier: impatient()})};
};

export const driverOf = ({endpoint, accessKeyId: user, secretAccessKey: key}: S3Server, entry: Partial<BucketEntry> = {}): Driver =>
	createDriver({name: 'lab', type: 's3', bucket: 'bucket', endpoint, user, key, ...entry});

/** Bytes that differ from place to place. */
export const content = (size: number, seed = 1): Buffer =>
	Buffer.from(Array.from({length: size}, (_, index) => (index * 31 + seed + (index >> 8)) & 0xff));

/** A body whose sum is known only once it was sent. */
export const streamed = (bytes: Uint8Array, chunkSize = 16 * KIB) =>
	streamedBody(bytes.length, async write => {
		for (let offset = 0; offset < bytes.length; offset += chunkSize) {
			const lent = Buffer.from(bytes.subarray(offset, offset + chunkSize));
			await write(lent);
			lent.fill(0); // It was lent.
		}
	});

export const read = async (driver: Driver, key: string, options: Parameters<Driver['read']>[1] = {}): Promise<Buffer> => {
	const chunks: Buffer[] = [];
	await driver.read(key, options, chunk => {
		chunks.push(Buffer.from(chunk));
	});
	return Buffer.concat(chunks);
};

/** Sends parts one after the other and completes. */
export const upload = async (
	driver: Driver,
	key: string,
	parts: readonly Uint8Array[],
	options: Parameters<NonNullable<Driver['begin']>>[1] = {},
) => {
	const session = await driver.begin!(key, options);
	const receipts: PartReceipt[] = [];
	let offset = 0;
	for (const [index, part] of parts.entries()) {
		receipts.push(await session.part({number: index + 1, offset, body: streamed(part)}, {}));
		offset += part.length;
	}

	const sum = parts.reduce((running, part) => crc32c(part, running), 0);
	return {session, receipts, complete: async () => session.complete(receipts, {size: offset, crc32c: sum})};
};

export const operations = (server: S3Server): string[] => server.requests.map(({operation}) => operation);
