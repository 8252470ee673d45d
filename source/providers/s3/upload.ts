import type {S3Client as SdkClient} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import {cancelled, type ObjectInfo, SluiceError, type WriteCallOptions} from '../../contract/index.ts';
import {onAbort} from '../../utils/on-abort.ts';
import {readChecksums, readStat, storedInfo} from './answers.ts';
import type {S3Client} from './client.ts';
import {requireConditions} from './conditions.ts';
import {statRequest} from './requests.ts';
import {fromSdkError, isSdkError, withSdk} from './sdk.ts';
import {sdkCondition, sdkHeaders} from './sdk-headers.ts';
import {createFacade, type UploadFacade} from './upload-facade.ts';
import {unquote} from './values.ts';

type WholeOptions = WriteCallOptions & {partSize: number; concurrency: number};

/** Ends as soon as the signal or a failed request says so: `Upload` itself may wait for ever for a source that is silent. */
const race = async (upload: Upload, facade: UploadFacade, signal: AbortSignal | undefined): Promise<void> => {
	const aborted = Promise.withResolvers<never>();
	const unfollow = onAbort(signal, () => aborted.reject(cancelled(signal!)));
	const done = upload.done();
	done.catch(() => undefined);
	try {
		await Promise.race([facade.failed, aborted.promise, done]);
	} finally {
		unfollow();
	}
};

/** Cleans up; what stays behind is named in the error. */
const cleanUp = async (facade: UploadFacade, key: string): Promise<string | undefined> => {
	try {
		await facade.cleanUp();
		return undefined;
	} catch {
		return JSON.stringify({key, uploadId: facade.unfinished});
	}
};

const describe = async (
	client: S3Client,
	key: string,
	size: number,
	{stored}: UploadFacade,
	options: WholeOptions,
): Promise<ObjectInfo> => {
	const etag = unquote(stored?.ETag ?? '');
	// Ceph leaves it out.
	return etag === ''
		? readStat(key, await client.send(statRequest(key, false)))
		: storedInfo(key, size, etag, readChecksums(etag, {}), options);
};

const send = async (client: S3Client, sdk: SdkClient, key: string, body: Uint8Array | Blob, options: WholeOptions): Promise<ObjectInfo> => {
	const {signal, partSize, concurrency, condition} = options;
	const target = {Bucket: client.options.bucket, Key: key};
	const facade = createFacade(sdk, target, signal);
	const params = {...target, Body: body, ...sdkHeaders(options, client.options.storageClass), ...sdkCondition(options)};
	const upload = new Upload({client: facade.client, params, partSize, queueSize: concurrency});
	try {
		await race(upload, facade, signal);
	} catch (error) {
		const leftover = await cleanUp(facade, key);
		if (facade.stored === undefined) {
			const isOurs = isSdkError(error) || error instanceof SluiceError || signal?.aborted;
			const precondition = condition?.absent ? ('ALREADY_EXISTS' as const) : undefined;
			// An error of the source comes out as it is.
			throw isOurs ? fromSdkError(error, {operation: 'put', key, leftover, precondition}, signal) : error;
		}
	}

	return describe(client, key, body instanceof Uint8Array ? body.length : body.size, facade, options);
};

/**
Writes a body in memory, or a `Blob`, by the multi-part uploader of the AWS SDK. A `Blob` is read as it is sent; about twice `concurrency` × `partSize` of it are in memory.

@throws {SluiceError} The first thing that failed; by then no request runs, and the upload was removed or is named in `leftover`.
*/
export const uploadWhole = async (client: S3Client, key: string, body: Uint8Array | Blob, options: WholeOptions): Promise<ObjectInfo> => {
	const {signal} = options;
	await requireConditions(client, 'complete', options);
	if (signal?.aborted) {
		throw cancelled(signal);
	}

	return withSdk(client, async sdk => send(client, sdk, key, body, options));
};
