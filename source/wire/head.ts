/*
The head of an answer, read strictly. A server, proxy or attacker that bends the grammar (bare line feeds, folded lines, two lengths) gets an error, not an interpretation: what two readers read differently is how answers are smuggled.
*/
import {badResponse} from './errors.ts';
import type {WireHead} from './transport.ts';

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;
const lineStart = 'HTTP/1.1 ';
const bareLineFeed = /(?<!\r)\n/;

/** Without the spaces and tabs around it, and nothing else: `trim` would take the last byte of a UTF-8 `à`, which reads as a no-break space. */
const trimBlanks = (text: string): string => {
	const isBlank = (index: number): boolean => text.charCodeAt(index) === 32 || text.charCodeAt(index) === 9;
	let start = 0;
	let end = text.length;
	while (start < end && isBlank(start)) {
		start++;
	}

	while (end > start && isBlank(end - 1)) {
		end--;
	}

	return text.slice(start, end);
};

/**
Refuses the beginning of a head that can never become a good one, so that a peer that speaks something else is known at once, not when it has been silent for long enough.
*/
export const checkHeadStart = (text: string): void => {
	if (!lineStart.startsWith(text.slice(0, lineStart.length))) {
		throw badResponse('The answer does not begin as HTTP/1.1', text);
	}

	if (bareLineFeed.test(text)) {
		throw badResponse('The answer has a bare line feed in its head', text);
	}
};

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
		const value = trimBlanks(header[2]!);
		const earlier = headers[name];
		headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
	}

	return {status: Number(status[1]), headers};
};

export const isHeaderLine = (line: string): boolean => headerLine.test(line);

/** How the body of an answer ends. */
export type Framing = {readonly kind: 'length'; readonly length: number} | {readonly kind: 'chunked'} | {readonly kind: 'close'};

const nothing: Framing = {kind: 'length', length: 0};

/** @see RFC 9112, section 6.3, with everything that it lets a client repair refused. */
export const framingOf = (method: string, {status, headers}: WireHead): Framing => {
	const coding = headers['transfer-encoding'];
	const length = headers['content-length'];
	if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== 'chunked')) {
		throw badResponse('The answer has a transfer coding that is not understood', coding);
	}

	if (length !== undefined && (!/^\d{1,16}$/.test(length) || !Number.isSafeInteger(Number(length)))) {
		throw badResponse('The answer has no usable length', length);
	}

	if (method === 'HEAD' || status === 204 || status === 304) {
		return nothing;
	}

	if (coding !== undefined) {
		return {kind: 'chunked'};
	}

	return length === undefined ? {kind: 'close'} : {kind: 'length', length: Number(length)};
};
