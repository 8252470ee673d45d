import {Buffer} from 'node:buffer';
import {type Body, type Consume, SluiceError} from '../../contract/index.ts';
import {MIB} from '../../utils/sizes.ts';
import type {WireAnswer} from '../../wire/index.ts';
import {formatCrc32c, parseCrc32c} from './checksum-text.ts';
import type {S3Client, S3Request} from './client.ts';
import {UNSIGNED_PAYLOAD} from './sign.ts';

/*
How a body goes out, best first:
- its CRC32C is known: in a header;
- it is summed while it is sent: in a trailer, behind the last byte;
- the server does not know trailers: without.
*/

/** MinIO holds a frame in memory and takes at most 16 MiB; S3 wants all but the last to have 8 KiB. */
const frameSize = MIB;
const trailerName = 'x-amz-checksum-crc32c';
const frameHead = Buffer.from(`${frameSize.toString(16)}\r\n`);
const nextFrame = Buffer.from(`\r\n${frameSize.toString(16)}\r\n`);

const trailer = (sum: number): Buffer => Buffer.from(`\r\n0\r\n${trailerName}:${formatCrc32c(sum)}\r\n\r\n`);

const lastHead = (size: number): string => `${size.toString(16)}\r\n`;

/** Size on the wire of a framed body, its trailer included. */
const framedSize = (size: number): number => {
	const whole = Math.floor(size / frameSize);
	const rest = size % frameSize;
	const heads = whole * nextFrame.length + (rest === 0 ? 0 : lastHead(rest).length + 2) - 2;
	return size + heads + trailer(0).length;
};

/**
Frames a body as `aws-chunked` with its CRC32C in a trailer. No byte is copied: frames are cut out of the chunks that pass.

@param body - Not empty; its sum is known once it was sent.
@see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
*/
export const framedBody = (body: Body): Pick<Body, 'size' | 'send'> => ({
	size: framedSize(body.size),
	async send(write) {
		let sent = 0;
		const head = (): Buffer => {
			const rest = body.size - sent;
			if (rest >= frameSize) {
				return sent === 0 ? frameHead : nextFrame;
			}

			return Buffer.from(`${sent === 0 ? '' : '\r\n'}${lastHead(rest)}`);
		};

		const cut = async (chunk: Uint8Array): Promise<void> => {
			for (let offset = 0; offset < chunk.length; ) {
				if (sent % frameSize === 0) {
					await write(head());
				}

				const size = Math.min(chunk.length - offset, frameSize - (sent % frameSize));
				await write(size === chunk.length ? chunk : chunk.subarray(offset, offset + size));
				offset += size;
				sent += size;
			}
		};

		const frame: Consume = chunk => {
			const within = sent % frameSize;
			if (within === 0 || chunk.length > frameSize - within) {
				return cut(chunk);
			}

			sent += chunk.length;
			return write(chunk);
		};

		await body.send(frame);
		await write(trailer(body.crc32c()!));
	},
});

const plain = (request: S3Request, body: Body): S3Request => ({...request, body, payload: UNSIGNED_PAYLOAD});

const withHeader = (request: S3Request, body: Body, sum: number): S3Request => ({
	...request,
	headers: {...request.headers, [trailerName]: formatCrc32c(sum)},
	body,
	payload: UNSIGNED_PAYLOAD,
});

const withTrailer = (request: S3Request, body: Body): S3Request => {
	const coding = request.headers?.['content-encoding'];
	return {
		...request,
		headers: {
			...request.headers,
			'content-encoding': coding === undefined ? 'aws-chunked' : `aws-chunked,${coding}`,
			'x-amz-decoded-content-length': String(body.size),
			'x-amz-trailer': trailerName,
		},
		body: framedBody(body),
		payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
	};
};

/** How servers that do not know trailers refuse them: Ceph, Swift and others. */
const isRefusal = (error: unknown): boolean =>
	error instanceof SluiceError &&
	(error.providerCode === 'XAmzContentSHA256Mismatch' ||
		error.providerCode === 'NotImplemented' ||
		error.providerCode === 'MissingContentLength' ||
		(error.providerCode === undefined && (error.status === 501 || error.status === 411)));

/** Sends without trailer what was sent with one; the service is remembered once that has worked. */
const fallBack = async (client: S3Client, request: S3Request, body: Body): Promise<WireAnswer> => {
	const answer = await client.send(plain(request, body));
	client.traits.trailers = false;
	return answer;
};

const trySending = async (client: S3Client, request: S3Request, body: Body): Promise<WireAnswer> => {
	const {traits} = client;
	let answer: WireAnswer;
	try {
		answer = await client.send(withTrailer(request, body));
	} catch (error) {
		if (traits.trailers === true || !isRefusal(error)) {
			throw error;
		}

		return fallBack(client, request, body);
	}

	// A server that does not give the sum back has not understood the framing and may have stored it as data.
	if (traits.trailers !== true && answer.headers[trailerName] === undefined) {
		return fallBack(client, request, body);
	}

	traits.trailers = true;
	return answer;
};

/** The sum of no bytes is 0; nothing need be sent to know it. */
export const sumOf = (body: Body): number | undefined => (body.size === 0 ? 0 : body.crc32c());

const choose = async (client: S3Client, request: S3Request, body: Body, isSummed: boolean): Promise<WireAnswer> => {
	const sum = sumOf(body);
	if (!isSummed) {
		return client.send(plain(request, body));
	}

	if (sum !== undefined) {
		return client.send(withHeader(request, body, sum));
	}

	// The first body is sent twice when it is refused; one that is written on a condition would meet itself.
	const isConditional = request.headers?.['if-none-match'] !== undefined || request.headers?.['if-match'] !== undefined;
	return client.traits.trailers === false || (client.traits.trailers === undefined && isConditional)
		? client.send(plain(request, body))
		: trySending(client, request, body);
};

/**
Sends a body with the best protection that the server takes.

@param isSummed - False: without any checksum.
@throws {SluiceError} `CHECKSUM_MISMATCH` when the server refuses the sum, or reports another one than that of the bytes that were sent.
*/
export const sendBody = async (client: S3Client, request: S3Request, body: Body, isSummed: boolean): Promise<WireAnswer> => {
	const answer = await choose(client, request, body, isSummed);
	const reported = parseCrc32c(answer.headers[trailerName]);
	if (reported !== undefined && reported !== sumOf(body)) {
		const {operation, key, part} = request;
		throw new SluiceError('CHECKSUM_MISMATCH', 'The server received other bytes than were sent', {provider: 's3', operation, key, part});
	}

	return answer;
};
