import {createHash, createHmac} from 'node:crypto';

/** What a signature covers. Path and query are those of the request line, untouched. */
export interface SignedRequest {
	readonly method: string;
	readonly path: string;
	/** Without the question mark; `X-Amz-Signature` is left out by `canonicalQuery`. */
	readonly query: string;
	/** Names in lower case, repeated ones joined by commas. */
	readonly headers: ReadonlyMap<string, string>;
	readonly signedHeaders: readonly string[];
	readonly payloadHash: string;
}

export interface Scope {
	readonly secretAccessKey: string;
	/** `20130524T000000Z`. */
	readonly timestamp: string;
	readonly region: string;
	readonly service: string;
}

// Header values reach Node as one character a byte: hashing them as latin1 hashes the bytes of the wire.
export const sha256Hex = (data: string | Uint8Array): string =>
	createHash('sha256')
		.update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
		.digest('hex');

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** UriEncode of the AWS documentation: only the unreserved characters stay. */
export const uriEncode = (text: string): string =>
	encodeURIComponent(text).replaceAll(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/**
S3 decodes the path once and encodes it again, `/` kept and nothing normalised: `//`, `.` and `..` stay as they are. A client that signs `!` as it sends it is refused here as there.
*/
export const canonicalPath = (path: string): string => decodeURIComponent(path).split('/').map(uriEncode).join('/');

const decodeQuery = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

const byEncodedName = ([a, c]: readonly [string, string], [b, d]: readonly [string, string]): number =>
	a === b ? (c < d ? -1 : Number(c > d)) : a < b ? -1 : 1;

/** Parameters decoded, encoded again and sorted; one without a value is signed as `name=`. */
export const canonicalQuery = (query: string): string =>
	query
		.split('&')
		.filter(Boolean)
		.map(pair => {
			const [name = '', ...value] = pair.split('=');
			return [uriEncode(decodeQuery(name)), uriEncode(decodeQuery(value.join('=')))] as const;
		})
		.filter(([name]) => name !== 'X-Amz-Signature')
		.sort(byEncodedName)
		.map(([name, value]) => `${name}=${value}`)
		.join('&');

export const canonicalRequest = ({method, path, query, headers, signedHeaders, payloadHash}: SignedRequest): string => {
	const names = signedHeaders.map(name => name.toLowerCase()).sort();
	const lines = names.map(name => `${name}:${(headers.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`);
	return [method, canonicalPath(path), canonicalQuery(query), lines.join(''), names.join(';'), payloadHash].join('\n');
};

export const credentialScope = ({timestamp, region, service}: Scope): string =>
	`${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;

export const signingKey = ({secretAccessKey, timestamp, region, service}: Scope): Buffer =>
	hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, timestamp.slice(0, 8)), region), service), 'aws4_request');

/**
Computes the signature of a request, written from "Signature Calculations for the Authorization Header" alone, so that it can judge the code of others.
*/
export const signatureOf = (request: SignedRequest, scope: Scope): string => {
	const text = ['AWS4-HMAC-SHA256', scope.timestamp, credentialScope(scope), sha256Hex(canonicalRequest(request))].join('\n');
	return hmac(signingKey(scope), text).toString('hex');
};

/** Signature of one chunk of a streamed payload; it covers that of the chunk before. */
export const chunkSignatureOf = (previous: string, chunk: Uint8Array, scope: Scope): string => {
	const text = ['AWS4-HMAC-SHA256-PAYLOAD', scope.timestamp, credentialScope(scope), previous, sha256Hex(''), sha256Hex(chunk)].join('\n');
	return hmac(signingKey(scope), text).toString('hex');
};

/** Signature of the trailers, `name:value\n` each, behind the last chunk. */
export const trailerSignatureOf = (previous: string, trailers: string, scope: Scope): string => {
	const text = ['AWS4-HMAC-SHA256-TRAILER', scope.timestamp, credentialScope(scope), previous, sha256Hex(trailers)].join('\n');
	return hmac(signingKey(scope), text).toString('hex');
};
