import {request as httpRequest, type IncomingHttpHeaders} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {sha256Hex, signatureOf} from './signature.ts';
import type {S3Server} from './types.ts';

/** A request written by hand: nothing is added but Host, the date, the payload's hash and the signature. */
export interface HandMade {
	readonly method: string;
	/** As it goes on the wire, query included. */
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array | string;
	/** Default: the hash of the body. */
	readonly payloadHash?: string;
	readonly secretAccessKey?: string;
	readonly region?: string;
	/** Default: now. */
	readonly date?: Date;
	/** Sends these bytes in place of the body; the hash stays that of the body. */
	readonly sent?: Uint8Array;
	/** Headers to send without signing them. */
	readonly unsigned?: Readonly<Record<string, string>>;
	/** Told the signature before anything is sent, so that chunks can be signed with it. */
	readonly onSigned?: (signature: string, timestamp: string) => Uint8Array;
}

export interface HandMadeAnswer {
	readonly status: number | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
	/** Code of the socket error that ended it, if one did. */
	readonly failure: string | undefined;
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);

/** Sends a signed request on a connection of its own and takes whatever comes back, broken or whole. */
export const sendSigned = async (server: S3Server, made: HandMade): Promise<HandMadeAnswer> => {
	const {method, path, body = '', headers = {}, unsigned = {}} = made;
	const content = Buffer.from(body as string);
	const timestamp = (made.date ?? new Date()).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
	const payloadHash = made.payloadHash ?? sha256Hex(content);
	const url = new URL(server.endpoint);
	const all = new Map(Object.entries({host: url.host, ...headers, 'x-amz-date': timestamp, 'x-amz-content-sha256': payloadHash}));
	const signedHeaders = [...all.keys()].sort();
	const region = made.region ?? server.region;
	const [rawPath = '', query = ''] = path.split('?');
	const signature = signatureOf(
		{method, path: rawPath, query, headers: all, signedHeaders, payloadHash},
		{secretAccessKey: made.secretAccessKey ?? server.secretAccessKey, timestamp, region, service: 's3'},
	);
	const credential = `${server.accessKeyId}/${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
	const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
	const bytes = made.onSigned?.(signature, timestamp) ?? made.sent ?? content;

	return new Promise(resolve => {
		const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
			host: url.hostname,
			port: url.port,
			method,
			path,
			agent: false,
			rejectUnauthorized: false,
			headers: {
				...Object.fromEntries(all),
				...unsigned,
				authorization,
				...(bytes.length > 0 && !('transfer-encoding' in unsigned) && {'content-length': bytes.length}),
			},
		});
		const chunks: Buffer[] = [];
		let begun: Pick<HandMadeAnswer, 'status' | 'headers'> = {status: undefined, headers: {}};
		const settle = (error?: Error): void => {
			resolve({...begun, failure: error && codeOf(error), body: Buffer.concat(chunks)});
		};

		request.on('error', settle);
		request.on('response', response => {
			begun = {status: response.statusCode, headers: response.headers};
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('error', settle);
			response.on('end', settle);
		});
		request.end(bytes);
	});
};
