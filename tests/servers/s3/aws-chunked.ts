import {S3Error} from './s3-error.ts';
import {chunkSignatureOf, type Scope, trailerSignatureOf} from './signature.ts';

const MIN_CHUNK_SIZE = 8192;
const CRLF = '\r\n';

interface Framing {
	readonly isSigned: boolean;
	readonly hasTrailer: boolean;
	/** Signature of the headers, the seed of the chunks' own. */
	readonly signature: string;
	readonly scope: Scope;
}

export interface Decoded {
	readonly content: Buffer;
	/** Trailing headers in order, without the trailers' signature. */
	readonly trailers: ReadonlyArray<readonly [name: string, value: string]>;
}

const incomplete = (message: string): never => {
	throw new S3Error('IncompleteBody', {message});
};

const mismatch = (what: string): never => {
	throw new S3Error('SignatureDoesNotMatch', {message: `The signature of ${what} does not match`});
};

/** Takes lines and blocks off a body; every CRLF must be where the framing wants it. */
const createReader = (body: Buffer) => {
	let offset = 0;

	return {
		line(): string {
			const end = body.indexOf(CRLF, offset, 'latin1');
			const line = end === -1 ? incomplete('A line of the chunked body does not end') : body.toString('latin1', offset, end);
			offset = end + 2;
			return line;
		},
		block(size: number): Buffer {
			const block = body.subarray(offset, offset + size);

			if (block.length < size || body.toString('latin1', offset + size, offset + size + 2) !== CRLF) {
				incomplete('A chunk is not as long as it says');
			}

			offset += size + 2;
			return block;
		},
		isAtEnd: () => offset === body.length,
	};
};

const readTrailers = (reader: ReturnType<typeof createReader>, previous: string, {isSigned, scope}: Framing): Decoded['trailers'] => {
	const trailers: Array<readonly [string, string]> = [];

	for (let line = reader.line(); line !== ''; line = reader.line()) {
		const [, name, value] = /^([\w-]+):(.*)$/.exec(line) ?? [];

		if (name === undefined || value === undefined) {
			throw new S3Error('MalformedTrailerError');
		}

		trailers.push([name.toLowerCase(), value.trim()]);
	}

	if (!isSigned) {
		return trailers;
	}

	const signature = trailers.at(-1);
	const signed = trailers.slice(0, -1);

	if (signature?.[0] !== 'x-amz-trailer-signature') {
		throw new S3Error('MalformedTrailerError');
	}

	if (signature[1] !== trailerSignatureOf(previous, signed.map(([name, value]) => `${name}:${value}\n`).join(''), scope)) {
		mismatch('the trailers');
	}

	return signed;
};

/**
Decodes a body of `Content-Encoding: aws-chunked` without any tolerance: exact CRLFs, no chunk under 8 KiB but the last one, nothing behind the end, each signature right where chunks are signed.

@throws {S3Error} `IncompleteBody`, `InvalidChunkSizeError`, `MalformedTrailerError` or `SignatureDoesNotMatch`.
*/
export const decodeAwsChunked = (body: Buffer, framing: Framing): Decoded => {
	const reader = createReader(body);
	const chunks: Buffer[] = [];
	let previous = framing.signature;

	for (;;) {
		const header = reader.line();
		const [, hex, signature] = (framing.isSigned ? /^([\dA-Fa-f]+);chunk-signature=([\da-f]{64})$/ : /^([\dA-Fa-f]+)$/).exec(header) ?? [];
		const size = hex === undefined ? incomplete('A chunk has no proper size line') : Number.parseInt(hex, 16);

		if (size > 0 && chunks.length > 0 && chunks.at(-1)!.length < MIN_CHUNK_SIZE) {
			throw new S3Error('InvalidChunkSizeError', {details: {Chunk: String(chunks.length), BadChunkSize: String(chunks.at(-1)!.length)}});
		}

		// Behind the size line of the last chunk come the trailers, or its own empty data.
		const chunk = size === 0 && framing.hasTrailer ? Buffer.alloc(0) : reader.block(size);

		if (framing.isSigned) {
			const expected = chunkSignatureOf(previous, chunk, framing.scope);

			if (signature !== expected) {
				mismatch(`chunk ${chunks.length + 1}`);
			}

			previous = expected;
		}

		if (size === 0) {
			break;
		}

		chunks.push(chunk);
	}

	const trailers = framing.hasTrailer ? readTrailers(reader, previous, framing) : [];

	if (!reader.isAtEnd()) {
		incomplete('There is data behind the last chunk');
	}

	return {content: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), trailers};
};
