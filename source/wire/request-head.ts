import {SluiceError} from '../contract/errors.ts';
import type {WireRequest} from './transport.ts';

const badPath = /[^\x21-\x7e]/;
const goodName = /^[!#$%&'*+\-.^_`|~\da-z]+$/;
const badValue = /[^\t\x20-\x7e\x80-\xff]/;

/**
Checks that a request is what it looks like: nothing in its path or headers can end a line and begin another header or request.

The core checks keys and metadata before; this is the last place where it can be said for everything.
*/
export const checkRequest = ({path, headers}: WireRequest): void => {
	if (badPath.test(path) || !path.startsWith('/')) {
		throw new SluiceError('INVALID_ARGUMENT', 'The path of a request has characters that must be encoded');
	}

	for (const name in headers) {
		if (!goodName.test(name) || badValue.test(headers[name]!)) {
			throw new SluiceError('INVALID_ARGUMENT', `The header ${JSON.stringify(name)} has characters that no header can carry`);
		}
	}
};

const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/**
Whether a server may receive a request twice. The wire repeats no other. A write under a condition would meet itself.
*/
export const isRepeatable = ({method, headers}: WireRequest): boolean =>
	repeatable.has(method) && (method === 'GET' || method === 'HEAD' || !('if-match' in headers || 'if-none-match' in headers));

/** What the transport says itself; a `host` of the caller's is taken from the headers by hand. */
const own = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding']);

/** The headers of a request that go out as they are. */
export const ownHeadersRemoved = (headers: WireRequest['headers']): [name: string, value: string][] =>
	Object.entries(headers).filter(([name]) => !own.has(name));

/** The request line and headers as they go over the wire, in Latin-1. */
export const formatHead = (request: WireRequest, host: string): string => {
	checkRequest(request);
	const {method, path, headers, body} = request;
	let head = `${method} ${path} HTTP/1.1\r\nhost: ${headers.host ?? host}\r\naccept-encoding: identity\r\n`;
	for (const name in headers) {
		if (!own.has(name)) {
			head += `${name}: ${headers[name]}\r\n`;
		}
	}

	if (body) {
		head += `content-length: ${body.size}\r\n`;
	} else if (method === 'PUT' || method === 'POST') {
		head += 'content-length: 0\r\n';
	}

	return `${head}\r\n`;
};
