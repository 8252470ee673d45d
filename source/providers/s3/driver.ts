import {type Body, type Capabilities, type Driver, type ReadAnswer, SluiceError} from '../../contract/index.ts';
import {GIB, MIB} from '../../utils/sizes.ts';
import {locationOf} from './address.ts';
import {readChecksums, readEtag, readGet, readStat, storedInfo} from './answers.ts';
import {sendBody} from './bodies.ts';
import {createClient, type S3Client} from './client.ts';
import {requireConditions} from './conditions.ts';
import {badAnswer} from './errors.ts';
import {createListDecoder} from './list.ts';
import type {S3Options} from './options.ts';
import {removeObjects} from './remove.ts';
import {listRequest, putRequest, readRequest, statRequest} from './requests.ts';
import {beginUpload, resumeUpload} from './session.ts';
import {withGrace} from './with-grace.ts';

const weekSeconds = 7 * 24 * 60 * 60;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const s3Capabilities: Capabilities = {
	provider: 's3',
	service: 'current',
	read: {ranges: true, pin: true},
	putMaximum: 5 * GIB,
	parts: {minimum: 5 * MIB, maximum: 5 * GIB, count: 10_000, uniform: false, parallel: true, multiple: 1},
	conditions: {absent: 'enforced', revision: 'enforced'},
	crc32c: 'found out',
	list: {order: 'bytes', delimiter: true, startAfter: true},
	removeBatch: 1000,
	metadataMaximum: 2048,
	contentHeaders: true,
	keyMaximum: 1024,
	sign: ['GET', 'PUT'],
	copyMaximum: 10_000 * 5 * GIB,
	uploads: true,
	createBucket: true,
};

// Lets a driver reach into another one of its kind, for copies.
const clients = new WeakMap<Driver, S3Client>();

const clientOf = (driver: Driver): S3Client => {
	const client = clients.get(driver);
	if (client === undefined) {
		throw new SluiceError('INVALID_ARGUMENT', 'The source of a copy within S3 is in another service');
	}

	return client;
};

const checkPin = (pin: string | undefined, {info}: ReadAnswer, key: string): void => {
	// Some servers ignore If-Match.
	if (pin !== undefined && info.revision !== pin) {
		throw new SluiceError('SOURCE_CHANGED', 'The object was replaced while it was read', {provider: 's3', operation: 'read', key});
	}
};

/** Tells when a body is out. */
const watchSending = (body: Body): {given: Body; isSent: () => boolean} => {
	let isSent = body.size === 0;
	const send: Body['send'] = async write => {
		isSent = false;
		await body.send(write);
		isSent = true;
	};
	return {given: {size: body.size, crc32c: () => body.crc32c(), send}, isSent: () => isSent};
};

const isSameAccount = (a: S3Options, b: S3Options): boolean =>
	a.endpoint?.origin === b.endpoint?.origin &&
	a.endpoint?.basePath === b.endpoint?.basePath &&
	a.region.startsWith('cn-') === b.region.startsWith('cn-') &&
	a.credentials?.accessKeyId === b.credentials?.accessKeyId;

/** Makes the driver of one bucket. Opens no connection and loads nothing yet. */
export const createS3Driver = (options: S3Options): Driver => {
	const client = createClient(options);
	const isSummed = options.checksums === 'auto';

	const driver: Driver = {
		capabilities: s3Capabilities,
		location: locationOf(options),

		stat: async (key, {signal}) => readStat(key, await client.send({...statRequest(key, isSummed), signal})),

		async list(page) {
			const decoder = createListDecoder();
			await client.send({...listRequest(page), signal: page.signal, consume: chunk => decoder.write(chunk)});
			return decoder.end();
		},

		remove: async (keys, call) => removeObjects(client, keys, call),

		async read(key, call, consume) {
			let answer: ReadAnswer | undefined;
			await client.send({
				...readRequest(key, call, isSummed),
				signal: call.signal,
				consume,
				onHead(head) {
					if (head.status >= 200 && head.status < 300) {
						answer = readGet(key, call.range, head);
						checkPin(call.pin, answer, key);
						call.onAnswer?.(answer);
					}
				},
			});
			return answer!;
		},

		async put(key, body, call) {
			await requireConditions(client, 'put', call);
			const request = putRequest(key, call, options.storageClass);
			const {given, isSent} = watchSending(body);
			// Once the last byte is out, the object may become visible.
			const answer = await withGrace(
				call.signal,
				async signal => sendBody(client, {...request, signal}, given, isSummed),
				() => !isSent(),
			);
			const etag = readEtag(answer.headers);
			if (etag === undefined) {
				throw badAnswer('has no ETag', answer, {operation: 'put', key});
			}

			return storedInfo(key, body.size, etag, readChecksums(etag, answer.headers), call);
		},

		begin: async (key, call) => beginUpload(client, key, call, isSummed),
		resume: token => resumeUpload(client, token),

		async putWhole(key, body, call) {
			const {uploadWhole} = await import('./upload.ts');
			return uploadWhole(client, key, body, call);
		},

		async *uploads(call) {
			const {listUploads} = await import('./uploads.ts');
			yield* listUploads(client, call);
		},

		async copyFrom(source, sourceKey, key, call) {
			const {copyObject} = await import('./copy.ts');
			return copyObject(client, {source, bucket: clientOf(source).options.bucket, key: sourceKey}, key, call);
		},

		canCopyFrom(source) {
			const other = clients.get(source);
			return other !== undefined && isSameAccount(options, other.options);
		},

		async sign(key, call) {
			if (!Number.isInteger(call.expiresSeconds) || call.expiresSeconds < 1 || call.expiresSeconds > weekSeconds) {
				throw new SluiceError('INVALID_ARGUMENT', 'A URL of S3 is good for 1 second to 7 days', {provider: 's3', operation: 'sign', key});
			}

			return client.presign(key, call);
		},

		async createBucket(call) {
			const {createBucket} = await import('./create-bucket.ts');
			await createBucket(client, call);
		},

		close: async () => client.close(),
	};

	clients.set(driver, client);
	return driver;
};
