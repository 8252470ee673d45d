import {randomUUID} from 'node:crypto';
import {SluiceError, type WriteCallOptions} from '../../contract/index.ts';
import type {S3Client} from './client.ts';
import {abortRequest, beginRequest, completeRequest, partRequest, putRequest, removeRequest} from './requests.ts';
import {UNSIGNED_PAYLOAD} from './sign.ts';
import {readXml, textOf} from './xml.ts';

type Write = 'put' | 'complete';

const condition = {absent: true};
const noBody = {size: 0, async send() {}};

/** Whether a write that must fail does. */
const isRefused = async (write: () => Promise<unknown>): Promise<boolean> => {
	try {
		await write();
		return false;
	} catch (error) {
		if (!(error instanceof SluiceError) || (error.code !== 'ALREADY_EXISTS' && error.code !== 'UNSUPPORTED')) {
			throw error;
		}

		return error.code === 'ALREADY_EXISTS';
	}
};

const put = async (client: S3Client, key: string, options: WriteCallOptions): Promise<unknown> =>
	client.send({...putRequest(key, options, undefined), body: noBody, payload: UNSIGNED_PAYLOAD});

const completeEmpty = async (client: S3Client, key: string): Promise<boolean> => {
	const begun = await client.send(beginRequest(key, {}, undefined, false));
	const uploadId = textOf(readXml(begun.body), 'UploadId') ?? '';
	try {
		const part = await client.send({...partRequest(key, uploadId, 1), body: noBody, payload: UNSIGNED_PAYLOAD});
		const parts = [{number: 1, size: 0, crc32c: 0, etag: part.headers.etag?.replaceAll('"', '') ?? ''}];
		const request = completeRequest(key, {uploadId, parts, size: 0, crc32c: 0, isSummed: false, condition});
		return await isRefused(async () => client.send(request));
	} finally {
		await client.send(abortRequest(key, uploadId)).catch(() => undefined);
	}
};

/** Writes an object of an unguessable name twice, the second time only if it is absent, and removes it. */
const probe = async (client: S3Client, write: Write): Promise<boolean> => {
	const key = `.sluice-probe-${randomUUID()}`;
	await put(client, key, {});
	try {
		return write === 'put' ? await isRefused(async () => put(client, key, {condition})) : await completeEmpty(client, key);
	} finally {
		await client.send(removeRequest(key)).catch(() => undefined);
	}
};

/**
Makes sure, once for each service, that it keeps to conditions: many ignore the header, and a lock that does not lock is worse than none. Amazon is known to.

@throws {SluiceError} `UNSUPPORTED` when it does not.
*/
export const requireConditions = async (client: S3Client, write: Write, options: WriteCallOptions): Promise<void> => {
	if (!options.condition?.absent && options.condition?.revision === undefined) {
		return;
	}

	const {traits} = client;
	const name = write === 'put' ? 'conditionalPut' : 'conditionalComplete';
	traits[name] ??= probe(client, write).catch((error: unknown) => {
		traits[name] = undefined;
		throw error;
	});
	if (!(await traits[name])) {
		throw new SluiceError('UNSUPPORTED', 'This server does not keep to conditions on writes: it would overwrite the object', {
			provider: 's3',
		});
	}
};
