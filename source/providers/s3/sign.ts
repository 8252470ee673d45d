import {Buffer} from 'node:buffer';
import {createHmac, hash} from 'node:crypto';

/** Keys of an account; `sessionToken` comes with temporary ones. */
export interface Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly sessionToken?: string;
}

/** A request that lacks nothing but its signature. */
export interface Signable {
	readonly method: string;
	/** Path and query as they go over the wire, percent-encoded. Signed as they are: S3 neither normalises nor encodes again. */
	readonly path: string;
	/** Lower-case names, `host` among them. Signing adds to it. */
	readonly headers: Record<string, string>;
}

/** Signs requests of one region with AWS Signature Version 4. */
export interface Signer {
	/**
	Adds `x-amz-date`, `x-amz-security-token` and `authorization` to the headers. They must hold `x-amz-content-sha256` already.

	@param now - Wall clock of the server, in milliseconds.
	*/
	sign(request: Signable, credentials: Credentials, now: number): void;

	/**
	@param expiresSeconds - 1 to 604800.
	@returns Path and query with the signature in it. The headers given must be sent with it.
	*/
	presign(request: Signable, credentials: Credentials, now: number, expiresSeconds: number): string;
}

/** Payload hash of a body that is not signed: TLS or a checksum protects it. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** Payload hash of no body: SHA-256 of nothing. */
export const EMPTY_PAYLOAD = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const sha256 = (text: string): string => hash('sha256', text, 'hex');

const blockSize = 64;

/**
HMAC-SHA-256 with a key that is used often (RFC 2104): the key is padded once, and each sum is two calls of the one-shot `hash`, which cost half of a `Hmac` object.

@param key - At most 64 bytes.
*/
const createMac = (key: Buffer) => {
	const inner = Buffer.alloc(1024, 0x36);
	const outer = Buffer.alloc(blockSize + 32, 0x5c);
	for (const [index, byte] of key.entries()) {
		inner[index] = byte ^ 0x36;
		outer[index] = byte ^ 0x5c;
	}

	return (text: string): string => {
		const length = inner.write(text, blockSize);
		hash('sha256', inner.subarray(0, blockSize + length), 'buffer').copy(outer, blockSize);
		return hash('sha256', outer, 'hex');
	};
};

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

// Proxies change the other headers, so a signature over them would break.
const isSigned = (name: string): boolean =>
	name.startsWith('x-amz-') ||
	name === 'host' ||
	name === 'content-type' ||
	name === 'content-md5' ||
	name === 'range' ||
	name.startsWith('if-');

const trimmed = (value: string): string => (/^\s|\s\s|\s$|[\t\r\n]/.test(value) ? value.trim().replaceAll(/\s+/g, ' ') : value);

const byName = (a: string, b: string): number => {
	const [nameA, nameB] = [a.slice(0, a.indexOf('=')), b.slice(0, b.indexOf('='))];
	if (nameA !== nameB) {
		return nameA < nameB ? -1 : 1;
	}

	return a < b ? -1 : Number(a > b);
};

const canonicalQuery = (query: string): string => {
	if (query === '') {
		return '';
	}

	const fields = query.split('&').map(field => (field.includes('=') ? field : `${field}=`));
	return fields.length === 1 ? fields[0]! : fields.sort(byName).join('&');
};

const canonicalHeaders = (names: readonly string[], headers: Readonly<Record<string, string>>): string => {
	let text = '';
	for (const name of names) {
		text += `${name}:${trimmed(headers[name]!)}\n`;
	}

	return text;
};

const split = (path: string): [path: string, query: string] => {
	const mark = path.indexOf('?');
	return mark === -1 ? [path, ''] : [path.slice(0, mark), path.slice(mark + 1)];
};

/** The same second is asked for thousands of times. */
const createClock = () => {
	let second = Number.NaN;
	let text = '';
	return (now: number): string => {
		const wanted = Math.floor(now / 1000);
		if (wanted !== second) {
			second = wanted;
			text = `${new Date(wanted * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
		}

		return text;
	};
};

/** Makes a signer. Its signing key is derived once a day and credential. */
export const createSigner = (region: string, service = 's3'): Signer => {
	const timestampAt = createClock();
	let secret: string | undefined;
	let day = '';
	let scope = '';
	let mac: (text: string) => string = () => '';

	const prepare = (secretAccessKey: string, timestamp: string): void => {
		if (secretAccessKey === secret && timestamp.startsWith(day)) {
			return;
		}

		secret = secretAccessKey;
		day = timestamp.slice(0, 8);
		scope = `${day}/${region}/${service}/aws4_request`;
		mac = createMac(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request'));
	};

	const signature = (request: Signable, query: string, names: readonly string[], payload: string, timestamp: string): string => {
		const [path] = split(request.path);
		const headers = canonicalHeaders(names, request.headers);
		const canonical = `${request.method}\n${path}\n${canonicalQuery(query)}\n${headers}\n${names.join(';')}\n${payload}`;
		const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
		return mac(text);
	};

	return {
		sign(request, {accessKeyId, secretAccessKey, sessionToken}, now) {
			const {headers} = request;
			const timestamp = timestampAt(now);
			prepare(secretAccessKey, timestamp);
			headers['x-amz-date'] = timestamp;
			if (sessionToken !== undefined) {
				headers['x-amz-security-token'] = sessionToken;
			}

			const names = Object.keys(headers).filter(isSigned).sort();
			const value = signature(request, split(request.path)[1], names, headers['x-amz-content-sha256']!, timestamp);
			headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${value}`;
		},

		presign(request, {accessKeyId, secretAccessKey, sessionToken}, now, expiresSeconds) {
			const timestamp = timestampAt(now);
			prepare(secretAccessKey, timestamp);
			const names = Object.keys(request.headers).filter(isSigned).sort();
			const [path, query] = split(request.path);
			const fields = [
				...(query === '' ? [] : [query]),
				'X-Amz-Algorithm=AWS4-HMAC-SHA256',
				`X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
				`X-Amz-Date=${timestamp}`,
				`X-Amz-Expires=${expiresSeconds}`,
				...(sessionToken === undefined ? [] : [`X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`]),
				`X-Amz-SignedHeaders=${encodeURIComponent(names.join(';'))}`,
			].join('&');
			return `${path}?${fields}&X-Amz-Signature=${signature(request, fields, names, UNSIGNED_PAYLOAD, timestamp)}`;
		},
	};
};
