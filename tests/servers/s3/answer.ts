import type {ServerResponse} from 'node:http';
import type {Fault} from './faults.ts';
import {flipByte} from './payload.ts';

/** What an operation answers. Content-Length is that of the body unless a header says otherwise. */
export interface Answer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer;
	/** Sent with chunked transfer coding, in pieces: S3 keeps a long Complete alive so. */
	readonly pieces?: readonly Buffer[];
	/** The error code, for the record. */
	readonly code?: string;
	readonly isError?: boolean;
}

/** An answer with every header, ready for the wire. */
export interface WireAnswer {
	readonly status: number;
	readonly headers: Map<string, string>;
	readonly pieces: readonly Buffer[];
}

const mayHaveBody = (method: string, status: number): boolean => method !== 'HEAD' && status !== 204 && status !== 304;

/** Puts the last touches to an answer: the headers all answers have, the length, and the faults of headers and bytes. */
export const toWire = (method: string, answer: Answer, common: Readonly<Record<string, string>>, fault: Fault | undefined): WireAnswer => {
	const hasBody = mayHaveBody(method, answer.status);
	const pieces = answer.pieces ?? (answer.body ? [answer.body] : []);
	const isLengthKnown = answer.pieces === undefined && (hasBody || (method === 'HEAD' && !answer.isError && answer.body !== undefined));
	const headers = new Map(
		Object.entries({
			...common,
			...(isLengthKnown && {'content-length': String(answer.body?.length ?? 0)}),
			...answer.headers,
		}),
	);

	for (const [name, value] of Object.entries(fault?.responseHeaders ?? {})) {
		if (value === null) {
			headers.delete(name.toLowerCase());
		} else {
			headers.set(name.toLowerCase(), value);
		}
	}

	const flip = fault?.flipResponseByte;
	return {
		status: answer.status,
		headers,
		pieces: !hasBody ? [] : flip === undefined ? pieces : [flipByte(Buffer.concat(pieces), flip)],
	};
};

/** Writes an answer the ordinary way, connection kept. */
export const writeAnswer = (response: ServerResponse, {status, headers, pieces}: WireAnswer): void => {
	response.sendDate = false;
	response.statusCode = status;
	response.setHeaders(headers);

	if (!headers.has('content-length')) {
		// Keeps Node from adding one of its own.
		response.removeHeader('content-length');
	}

	for (const piece of pieces.slice(0, -1)) {
		response.write(piece);
	}

	response.end(pieces.at(-1));
};
