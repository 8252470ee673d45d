/*
The head of an answer, read strictly. A server, proxy or attacker that bends the grammar (bare line feeds, folded lines, two lengths) gets an error, not an interpretation: what two readers read differently is how answers are smuggled.
*/
import {badResponse} from './errors.ts';
import type {WireHead} from './transport.ts';

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
Reads a status line and headers.

@param text - Latin-1 text up to, not including, the empty line.
*/
export const parseHead = (text: string): WireHead => {
	const lines = text.split('\r\n');
	const status = statusLine.exec(lines[0]!);
	if (!status) {
		throw badResponse('The answer does not begin as HTTP/1.1', lines[0]!);
	}

	const headers: Record<string, string | undefined> = Object.create(null);
	for (let index = 1; index < lines.length; index++) {
		const header = headerLine.exec(lines[index]!);
		if (!header) {
			throw badResponse('The answer has a malformed header', lines[index]!);
		}

		const name = header[1]!.toLowerCase();
		const value = header[2]!.trimEnd();
		const earlier = headers[name];
		headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
	}

	return {status: Number(status[1]), headers};
};

/** How the body of an answer ends. */
export type Framing = {readonly kind: 'length'; readonly length: number} | {readonly kind: 'chunked'} | {readonly kind: 'close'};

const nothing: Framing = {kind: 'length', length: 0};

/** @see RFC 9112, section 6.3, with everything that it lets a client repair refused. */
export const framingOf = (method: string, {status, headers}: WireHead): Framing => {
	const coding = headers['transfer-encoding'];
	const length = headers['content-length'];
	if (coding !== undefined) {
		if (length !== undefined || coding.toLowerCase() !== 'chunked') {
			throw badResponse('The answer has a transfer coding that is not understood', coding);
		}

		return method === 'HEAD' ? nothing : {kind: 'chunked'};
	}

	if (length !== undefined && (!/^\d{1,16}$/.test(length) || !Number.isSafeInteger(Number(length)))) {
		throw badResponse('The answer has no usable length', length);
	}

	if (method === 'HEAD' || status === 204 || status === 304) {
		return nothing;
	}

	return length === undefined ? {kind: 'close'} : {kind: 'length', length: Number(length)};
};
