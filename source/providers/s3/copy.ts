import {CopyObjectCommand, type S3Client as SdkClient, UploadPartCopyCommand} from '@aws-sdk/client-s3';
import {
	type Driver,
	type ObjectInfo,
	type PartReceipt,
	SluiceError,
	type UploadSession,
	type WriteCallOptions,
} from '../../contract/index.ts';
import {GIB, MIB} from '../../utils/sizes.ts';
import {readEtag, storedInfo} from './answers.ts';
import {sendBody} from './bodies.ts';
import type {S3Client} from './client.ts';
import {requireConditions} from './conditions.ts';
import {encodeKey} from './encode.ts';
import {putRequest} from './requests.ts';
import {fromSdkError, withSdk} from './sdk.ts';
import {sdkCondition, sdkHeaders} from './sdk-headers.ts';
import {beginUpload} from './session.ts';
import {quote, unquote} from './values.ts';

interface Source {
	readonly source: Driver;
	readonly bucket: string;
	readonly key: string;
}

type CopyOptions = WriteCallOptions & {pin?: string};

interface CopyCall {
	readonly client: S3Client;
	readonly sdk: SdkClient;
	readonly from: Source;
	/** The source as it was found. */
	readonly found: ObjectInfo;
	readonly key: string;
	readonly options: CopyOptions;
}

/** Sizes at which a copy is cut into parts. */
export interface CopyLimits {
	/** Largest copy in one request, in bytes. Default 5 GiB, the limit of S3. */
	readonly single: number;
	/** Size of a part, in bytes. Default 512 MiB. */
	readonly part: number;
	/** Parts copied at the same time. Default 8. */
	readonly concurrency: number;
}

const s3Limits: CopyLimits = {single: 5 * GIB, part: 512 * MIB, concurrency: 8};

/** The name of the source: percent-encoded, slashes literal. */
const copySource = ({bucket, key}: Source): string => `${bucket}/${encodeKey(key)}`;

const findSource = async ({source, key}: Source, {pin, signal}: CopyOptions): Promise<ObjectInfo> => {
	const info = await source.stat(key, {signal});
	if (pin !== undefined && info.revision !== pin) {
		throw new SluiceError('SOURCE_CHANGED', 'The object was replaced before it was copied', {provider: 's3', operation: 'copy', key});
	}

	return info;
};

/** Headers of the copy: the source's unless others are given. */
const merged = (found: ObjectInfo, options: CopyOptions): WriteCallOptions => ({
	...options,
	headers: options.headers ?? found.headers,
	metadata: options.metadata ?? found.metadata,
	storageClass: options.storageClass,
});

const isReplaced = ({headers, metadata}: CopyOptions): boolean => headers !== undefined || metadata !== undefined;

/**
@param isPinned - The server holds the source to the revision found.
*/
const copyWhole = async (call: CopyCall, isPinned: boolean): Promise<ObjectInfo> => {
	const {client, sdk, from, found, key, options} = call;
	const written = merged(found, options);
	const {StorageClass, ...headers} = sdkHeaders(written, client.options.storageClass);
	const command = new CopyObjectCommand({
		Bucket: client.options.bucket,
		Key: key,
		CopySource: copySource(from),
		CopySourceIfMatch: isPinned && found.revision ? quote(found.revision) : undefined,
		MetadataDirective: isReplaced(options) ? 'REPLACE' : 'COPY',
		...(isReplaced(options) && headers),
		StorageClass,
		...sdkCondition(options),
	});
	try {
		const {CopyObjectResult} = await sdk.send(command, {abortSignal: options.signal});
		return storedInfo(key, found.size, unquote(CopyObjectResult?.ETag ?? '') || undefined, {}, written);
	} catch (error) {
		throw fromSdkError(error, {operation: 'copy', key}, options.signal);
	}
};

/** Copies in one request. A failed condition may be that of the source or that of the target: the source is looked at again. */
const copyAtOnce = async (call: CopyCall): Promise<ObjectInfo> => {
	const {from, found, options} = call;
	try {
		return await copyWhole(call, true);
	} catch (error) {
		if (!(error instanceof SluiceError) || error.code !== 'PRECONDITION_FAILED') {
			throw error;
		}

		await findSource(from, {signal: options.signal, pin: found.revision});
		if (options.condition?.revision !== undefined) {
			throw error;
		}

		if (options.condition?.absent) {
			throw new SluiceError('ALREADY_EXISTS', 'There is an object of this key', {
				provider: 's3',
				operation: 'copy',
				key: call.key,
				cause: error,
			});
		}
	}

	// Swift never matches the ETag that it gives to an object of parts.
	const info = await copyWhole(call, false);
	await findSource(from, {signal: options.signal, pin: found.revision});
	return info;
};

const copyPart = async ({client, sdk}: CopyCall, command: UploadPartCopyCommand, signal: AbortSignal): Promise<string> => {
	const {CopyPartResult} = await sdk.send(command, {abortSignal: signal});
	const etag = unquote(CopyPartResult?.ETag ?? '');
	if (etag === '') {
		throw new SluiceError('BAD_RESPONSE', 'The server does not name the part', {
			provider: 's3',
			bucket: client.options.name,
			retry: 'transient',
		});
	}

	return etag;
};

/** Copies all parts, some at a time; once one fails the others are stopped and waited for. */
const copyParts = async (call: CopyCall, {token}: UploadSession, {part, concurrency}: CopyLimits): Promise<PartReceipt[]> => {
	const {client, from, found} = call;
	const {signal} = call.options;
	const {key, uploadId} = JSON.parse(token) as {key: string; uploadId: string};
	const size = Math.max(part, Math.ceil(found.size / 10_000));
	const count = Math.ceil(found.size / size);
	const receipts: PartReceipt[] = [];
	const stop = new AbortController();
	const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
	let next = 0;
	let failure: {readonly error: unknown} | undefined;

	const work = async (): Promise<void> => {
		while (next < count && failure === undefined) {
			const index = next++;
			const end = Math.min(found.size, (index + 1) * size);
			const command = new UploadPartCopyCommand({
				Bucket: client.options.bucket,
				Key: key,
				UploadId: uploadId,
				PartNumber: index + 1,
				CopySource: copySource(from),
				// Amazon takes a range of sources above 5 MiB only.
				CopySourceRange: count === 1 ? undefined : `bytes=${index * size}-${end - 1}`,
				CopySourceIfMatch: found.revision && quote(found.revision),
			});
			const etag = await copyPart(call, command, stopped);
			receipts[index] = {number: index + 1, size: end - index * size, crc32c: 0, etag};
		}
	};

	const guarded = async (): Promise<void> => {
		try {
			await work();
		} catch (error) {
			failure ??= {error};
			stop.abort();
		}
	};

	await Promise.all(Array.from({length: Math.min(concurrency, count)}, guarded));
	if (failure !== undefined) {
		throw failure.error;
	}

	return receipts;
};

/** A copy in parts takes neither headers nor metadata along: they are set anew. */
const copyInParts = async (call: CopyCall, limits: CopyLimits): Promise<ObjectInfo> => {
	const {client, found, key, options} = call;
	const session = await beginUpload(client, key, merged(found, options), false);
	try {
		const receipts = await copyParts(call, session, limits);
		return await session.complete(receipts, {size: found.size, crc32c: 0, signal: options.signal});
	} catch (error) {
		const ours = fromSdkError(error, {operation: 'copy', key, precondition: 'SOURCE_CHANGED'}, options.signal);
		await session.abort({}).catch(() => ours.describe({leftover: session.token}));
		throw ours;
	}
};

const putEmpty = async ({client, found, key, options}: CopyCall): Promise<ObjectInfo> => {
	const written = merged(found, options);
	const request = {...putRequest(key, written, client.options.storageClass), signal: options.signal};
	const answer = await sendBody(client, request, {size: 0, crc32c: () => 0, async send() {}}, false);
	return storedInfo(key, 0, readEtag(answer.headers), {}, written);
};

/**
Copies an object within the service: no byte passes through this machine.

The source is looked at first, for its size and headers, and every request holds it to the revision found. Up to 5 GiB it takes one request, above parts of at least 512 MiB. Only Amazon is known to keep to a condition on a copy; elsewhere the condition is put on an upload in parts.

@throws {SluiceError} `SOURCE_CHANGED` when the source is not at `pin`, or is replaced meanwhile.
*/
export const copyObject = async (
	client: S3Client,
	from: Source,
	key: string,
	options: CopyOptions,
	limits: CopyLimits = s3Limits,
): Promise<ObjectInfo> => {
	const found = await findSource(from, options);
	const isConditional = options.condition !== undefined && client.options.endpoint !== undefined;
	return withSdk(client, async sdk => {
		const call: CopyCall = {client, sdk, from, found, key, options};
		if (isConditional && found.size === 0) {
			await requireConditions(client, 'put', options);
			return putEmpty(call);
		}

		return isConditional || found.size > limits.single ? copyInParts(call, limits) : copyAtOnce(call);
	});
};
