import {createHash} from 'node:crypto';
import type {Authenticated} from './authenticate.ts';
import {decodeAwsChunked} from './aws-chunked.ts';
import {algorithmOfHeader, verifyChecksum} from './checksums.ts';
import {S3Error} from './s3-error.ts';
import {sha256Hex} from './signature.ts';
import type {Checksum, ChecksumAlgorithm, Settings} from './types.ts';

/** The content of a request, decoded and checked. */
export interface Payload {
	readonly content: Buffer;
	/** The checksum the client sent along, in a header or a trailer; undefined when it sent none or the server has none. */
	readonly checksum: Checksum | undefined;
	readonly hasMd5: boolean;
}

type Headers = ReadonlyMap<string, string>;

/** Flips one bit of one byte, in a copy. */
export const flipByte = (content: Buffer, index: number): Buffer => {
	if (index >= content.length) {
		return content;
	}

	const copy = Buffer.from(content);
	copy[index] = copy[index]! ^ 1;
	return copy;
};

const refuseStreaming = (payloadHash: string, {trailers}: Settings): void => {
	if (trailers === 'refuse-501' && payloadHash.startsWith('STREAMING-')) {
		throw new S3Error('NotImplemented', {details: {Header: 'x-amz-content-sha256'}});
	}

	if (trailers === 'refuse-400' && payloadHash.endsWith('-TRAILER')) {
		throw new S3Error('XAmzContentSHA256Mismatch');
	}
};

/**
Refuses what S3 refuses before it takes a byte of the body.

@throws {S3Error} `MissingContentLength` without a length, `NotImplemented` or `XAmzContentSHA256Mismatch` for streaming payloads that this server is told not to know.
*/
export const checkFraming = (headers: Headers, {payloadHash}: Authenticated, settings: Settings): void => {
	refuseStreaming(payloadHash, settings);
	const isStreaming = payloadHash.startsWith('STREAMING-');

	if (isStreaming ? !/^\d+$/.test(headers.get('x-amz-decoded-content-length') ?? '') : !headers.has('content-length')) {
		throw new S3Error('MissingContentLength');
	}
};

const decode = (body: Buffer, headers: Headers, {payloadHash, signature, scope}: Authenticated) => {
	if (!payloadHash.startsWith('STREAMING-')) {
		return {content: body, trailers: []};
	}

	const hasTrailer = payloadHash.endsWith('-TRAILER');
	const decoded = decodeAwsChunked(body, {isSigned: payloadHash.includes('HMAC'), hasTrailer, signature, scope});
	const declared = (headers.get('x-amz-trailer') ?? '').toLowerCase().split(',').filter(Boolean);

	if (decoded.content.length !== Number(headers.get('x-amz-decoded-content-length'))) {
		throw new S3Error('IncompleteBody', {message: 'The content is not as long as x-amz-decoded-content-length says'});
	}

	if (hasTrailer && (declared.length === 0 || declared.join() !== decoded.trailers.map(([name]) => name).join())) {
		throw new S3Error('MalformedTrailerError');
	}

	return decoded;
};

const checkMd5 = (given: string | undefined, content: Buffer): void => {
	if (given === undefined) {
		return;
	}

	if (Buffer.from(given, 'base64').length !== 16) {
		throw new S3Error('InvalidDigest', {details: {'Content-MD5': given}});
	}

	const computed = createHash('md5').update(content).digest('base64');

	if (given !== computed) {
		throw new S3Error('BadDigest', {
			message: 'The Content-MD5 you specified did not match what we received.',
			details: {ExpectedDigest: given, CalculatedDigest: computed},
		});
	}
};

const claimedChecksums = (headers: Headers, trailers: ReadonlyArray<readonly [string, string]>) =>
	[...headers, ...trailers].flatMap(([name, value]) => {
		const algorithm = algorithmOfHeader(name);
		return algorithm ? [[algorithm, value] as const] : [];
	});

const checkClaim = (
	claims: ReadonlyArray<readonly [ChecksumAlgorithm, string]>,
	headers: Headers,
	content: Buffer,
): Checksum | undefined => {
	const [claim, ...more] = claims;

	if (more.length > 0) {
		throw new S3Error('InvalidRequest', {
			message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
		});
	}

	if (!claim) {
		if (headers.has('x-amz-sdk-checksum-algorithm')) {
			throw new S3Error('InvalidRequest', {
				message: 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
			});
		}

		return;
	}

	const [algorithm, value] = claim;
	verifyChecksum(algorithm, value, content);
	return {algorithm, type: 'FULL_OBJECT', value};
};

interface PayloadOptions {
	readonly settings: Settings;
	/** Index of a byte to corrupt on its way, before anything is checked. */
	readonly flip: number | undefined;
	/** False where `x-amz-checksum-*` means something else than the body: in CompleteMultipartUpload. */
	readonly hasChecksum: boolean;
}

/**
Decodes the body of a request and holds it against every sum that came with it: `x-amz-content-sha256`, Content-MD5, `x-amz-checksum-*` in a header or in a trailer.

@throws {S3Error} `XAmzContentSHA256Mismatch`, `BadDigest`, `InvalidDigest`, `InvalidRequest`, or what the decoding of aws-chunked says.
*/
export const readPayload = (
	body: Buffer,
	headers: Headers,
	authenticated: Authenticated,
	{settings, flip, hasChecksum}: PayloadOptions,
): Payload => {
	refuseStreaming(authenticated.payloadHash, settings);
	const decoded = decode(body, headers, authenticated);
	const content = flip === undefined ? decoded.content : flipByte(decoded.content, flip);
	const {payloadHash} = authenticated;

	if (/^[\da-f]{64}$/.test(payloadHash)) {
		const computed = sha256Hex(content);

		if (computed !== payloadHash) {
			throw new S3Error('XAmzContentSHA256Mismatch', {
				details: {ClientComputedContentSHA256: payloadHash, S3ComputedContentSHA256: computed},
			});
		}
	}

	checkMd5(headers.get('content-md5'), content);
	const isChecked = settings.checksums && hasChecksum;
	const checksum = isChecked ? checkClaim(claimedChecksums(headers, decoded.trailers), headers, content) : undefined;
	return {content, checksum, hasMd5: headers.has('content-md5')};
};
