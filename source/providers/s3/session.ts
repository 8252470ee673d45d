import {
	type CallOptions,
	type CompleteOptions,
	cancelled,
	type ObjectInfo,
	type Part,
	type PartReceipt,
	SluiceError,
	type UploadSession,
	type WriteCallOptions,
} from '../../contract/index.ts';
import type {WireAnswer} from '../../wire/index.ts';
import {readEtag, readStat, storedInfo} from './answers.ts';
import {sendBody, sumOf} from './bodies.ts';
import {parseCrc32c} from './checksum-text.ts';
import type {S3Client} from './client.ts';
import {requireConditions} from './conditions.ts';
import {badAnswer, isErrorDocument, toHiddenError} from './errors.ts';
import {abortRequest, beginRequest, completeRequest, partRequest, statRequest} from './requests.ts';
import {unquote} from './values.ts';
import {withGrace} from './with-grace.ts';
import {readXml, textOf, type XmlElement} from './xml.ts';

/** What must survive the process. */
interface Upload {
	readonly key: string;
	readonly uploadId: string;
	/** The server keeps one CRC32C for the whole object, and wants that of every part. */
	readonly crc32c: boolean;
	readonly condition?: WriteCallOptions['condition'];
}

const isFullObject = ({headers}: WireAnswer): boolean =>
	headers['x-amz-checksum-type']?.toUpperCase() === 'FULL_OBJECT' && headers['x-amz-checksum-algorithm']?.toUpperCase() === 'CRC32C';

/** Reads the body of a 200, which may hide an error. */
const readResult = (
	answer: WireAnswer,
	name: string,
	context: {operation: string; key: string; precondition?: 'ALREADY_EXISTS' | 'PRECONDITION_FAILED'},
): XmlElement => {
	let root: XmlElement;
	try {
		root = readXml(answer.body);
	} catch {
		throw badAnswer('is no whole document', answer, context);
	}

	if (isErrorDocument(root)) {
		throw toHiddenError(root, answer, context);
	}

	if (root.name !== name) {
		throw badAnswer(`is no \`${name}\``, answer, context);
	}

	return root;
};

/** Whether the server speaks about another object. Some encode the key, and XML cannot carry every one. */
const isOtherKey = (found: string | undefined, key: string): boolean => {
	if (found === undefined || found === '' || found === key || /[^\u0020-\u007E]/.test(key)) {
		return false;
	}

	try {
		return decodeURIComponent(found.replaceAll('+', ' ')) !== key && decodeURIComponent(found) !== key;
	} catch {
		return true;
	}
};

const sendPart = async (
	client: S3Client,
	{key, uploadId, crc32c}: Upload,
	{number, body}: Part,
	{signal}: CallOptions,
): Promise<PartReceipt> => {
	const request = {...partRequest(key, uploadId, number), signal};
	const answer = await sendBody(client, request, body, crc32c);
	const etag = readEtag(answer.headers);
	const sum = sumOf(body);
	if (etag === undefined) {
		throw badAnswer('does not name the part', answer, {operation: 'part', key, part: number});
	}

	if (sum === undefined) {
		throw new SluiceError('INVALID_ARGUMENT', 'The body of a part has no CRC32C after it was sent', {key, part: number});
	}

	return {number, size: body.size, crc32c: sum, etag};
};

const complete = async (
	client: S3Client,
	upload: Upload,
	parts: readonly PartReceipt[],
	options: CompleteOptions,
	write: WriteCallOptions,
): Promise<ObjectInfo> => {
	const {key, uploadId, condition} = upload;
	const {size, crc32c, signal} = options;
	const request = completeRequest(key, {uploadId, parts, size, crc32c, isSummed: upload.crc32c, condition});
	const answer = await withGrace(signal, async late => client.send({...request, signal: late}));
	const context = {operation: 'complete', key, ...(condition?.absent && {precondition: 'ALREADY_EXISTS' as const})};
	const result = readResult(answer, 'CompleteMultipartUploadResult', context);
	if (isOtherKey(textOf(result, 'Key'), key)) {
		throw badAnswer('is about another object', answer, context);
	}

	const etag = unquote(textOf(result, 'ETag') ?? '');
	if (etag === '') {
		// Ceph leaves it out.
		return readStat(key, await client.send({...statRequest(key, upload.crc32c), signal}));
	}

	const reported = textOf(result, 'ChecksumType') === 'COMPOSITE' ? undefined : parseCrc32c(textOf(result, 'ChecksumCRC32C'));
	return storedInfo(key, size, etag, reported === undefined ? {} : {crc32c: reported}, write);
};

const abort = async (client: S3Client, {key, uploadId}: Upload, {signal}: CallOptions): Promise<void> => {
	try {
		await client.send({...abortRequest(key, uploadId), signal});
	} catch (error) {
		// Swift says NoSuchKey.
		if (!(error instanceof SluiceError) || (error.code !== 'UPLOAD_NOT_FOUND' && error.code !== 'NOT_FOUND')) {
			throw error;
		}
	}
};

const createSession = (client: S3Client, upload: Upload, write: WriteCallOptions): UploadSession => ({
	token: JSON.stringify(upload),
	part: async (part, options) => sendPart(client, upload, part, options),
	complete: async (parts, options) => complete(client, upload, parts, options, write),
	abort: async options => abort(client, upload, options),
});

/** Begins with one checksum for the whole object; where that is refused, without, from then on. */
const create = async (client: S3Client, key: string, options: WriteCallOptions, isSummed: boolean): Promise<WireAnswer> => {
	const {traits} = client;
	const {storageClass} = client.options;
	const {signal} = options;
	if (!isSummed || traits.fullObject === false) {
		return client.send({...beginRequest(key, options, storageClass, false), signal});
	}

	try {
		return await client.send({...beginRequest(key, options, storageClass, true), signal});
	} catch (error) {
		const isRefused = error instanceof SluiceError && (error.status === 400 || error.status === 501) && error.retry === 'never';
		if (traits.fullObject === true || !isRefused || error.code === 'UNAUTHENTICATED') {
			throw error;
		}

		const answer = await client.send({...beginRequest(key, options, storageClass, false), signal});
		traits.fullObject = false;
		return answer;
	}
};

/**
Begins an upload in parts.

@param isSummed - False: without checksums.
@throws {SluiceError} `UNSUPPORTED` for a condition that the server does not keep to.
*/
export const beginUpload = async (client: S3Client, key: string, options: WriteCallOptions, isSummed: boolean): Promise<UploadSession> => {
	const {signal, condition} = options;
	await requireConditions(client, 'complete', options);
	if (signal?.aborted) {
		throw cancelled(signal);
	}

	const answer = await withGrace(signal, async late => create(client, key, {...options, signal: late}, isSummed));
	const result = readResult(answer, 'InitiateMultipartUploadResult', {operation: 'begin', key});
	const uploadId = textOf(result, 'UploadId');
	if (!uploadId) {
		throw badAnswer('does not name the upload', answer, {operation: 'begin', key});
	}

	const crc32c = isSummed && isFullObject(answer);
	if (crc32c) {
		client.traits.fullObject = true;
	}

	const session = createSession(client, {key, uploadId, crc32c, ...(condition && {condition})}, options);
	if (signal?.aborted) {
		await session.abort({});
		throw cancelled(signal);
	}

	return session;
};

/**
The session of a token.

@throws {SluiceError} `INVALID_ARGUMENT` when the token is none of this provider's.
*/
export const resumeUpload = (client: S3Client, token: string): UploadSession => {
	let upload: Partial<Upload> | undefined;
	try {
		upload = JSON.parse(token) as Partial<Upload>;
	} catch {}

	const {key, uploadId, crc32c = false, condition} = upload ?? {};
	if (typeof key !== 'string' || typeof uploadId !== 'string' || typeof crc32c !== 'boolean') {
		throw new SluiceError('INVALID_ARGUMENT', 'The token is none of an upload to S3');
	}

	const {absent, revision} = condition ?? {};
	const kept = {...(absent === true && {absent}), ...(typeof revision === 'string' && {revision})};
	return createSession(client, {key, uploadId, crc32c, ...(condition && {condition: kept})}, {});
};
