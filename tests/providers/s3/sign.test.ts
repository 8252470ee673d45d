import {Buffer} from 'node:buffer';
import {createHash, createHmac} from 'node:crypto';
import {SignatureV4} from '@smithy/signature-v4';
import test from 'ava';
import {encodeKey, encodeQuery, encodeValue} from '../../../source/providers/s3/encode.ts';
import {type Credentials, createSigner, EMPTY_PAYLOAD, UNSIGNED_PAYLOAD} from '../../../source/providers/s3/sign.ts';

const amazon: Credentials = {accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'};
const example: Credentials = {accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'};
const newYear = Date.UTC(2026, 0, 1);

const signatureOf = (path: string, headers: Record<string, string>, credentials: Credentials, now: number): string => {
	const signed = {...headers};
	createSigner('us-east-1').sign({method: 'GET', path, headers: signed}, credentials, now);
	return /Signature=(\w{64})$/.exec(signed.authorization!)![1]!;
};

test('signs as Amazon’s published example does', t => {
	const headers = {host: 'examplebucket.s3.amazonaws.com', range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY_PAYLOAD};
	t.is(
		signatureOf('/test.txt', headers, amazon, Date.UTC(2013, 4, 24)),
		'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
	);
});

const awkward = "a b/+&%?#é/x//y;=@,$!*'()~";

test('encodes an awkward key once, slashes literal', t => {
	t.is(encodeKey(awkward), 'a%20b/%2B%26%25%3F%23%C3%A9/x//y%3B%3D%40%2C%24%21%2A%27%28%29~');
	t.is(encodeKey('../a/./b//c/'), '../a/./b//c/');
	t.is(encodeKey('😀'), '%F0%9F%98%80');
});

test('refuses half a surrogate pair', t => {
	t.throws(() => encodeKey('a\uD800'), {code: 'INVALID_KEY'});
	t.throws(() => encodeValue('\uDC00'), {code: 'INVALID_KEY'});
});

test('signs an awkward key over its path as sent', t => {
	const path = `/b1/${encodeKey(awkward)}`;
	const host = 's3.example.test:9000';
	t.is(
		signatureOf(path, {host, 'x-amz-content-sha256': UNSIGNED_PAYLOAD}, example, newYear),
		'bccc26cbe36fd36ee0fd6ccd17ac4b99e8a1d06058cca532c0c76d1e8ca526a2',
	);
	t.is(
		signatureOf(path, {host, 'x-amz-content-sha256': EMPTY_PAYLOAD}, example, newYear),
		'098143a8ac922c202a80b80726f9af354530121a79b0e2b72dda76dfbdab185d',
	);
});

test('signs the query of a listing', t => {
	const query = encodeQuery({'continuation-token': 'x/y==', 'encoding-type': 'url', 'list-type': 2, prefix: 'a b+/', left: undefined});
	t.is(query, 'continuation-token=x%2Fy%3D%3D&encoding-type=url&list-type=2&prefix=a%20b%2B%2F');
	t.is(
		signatureOf(`/b1/?${query}`, {host: 's3.example.test:9000', 'x-amz-content-sha256': EMPTY_PAYLOAD}, example, newYear),
		'375cd3b6c8e9d305d5f2a089cee1f68c7f37a280a8c77db32698a01b0d4a0c62',
	);
});

for (const [host, signature] of [
	['s3.us-east-1.amazonaws.com', 'f0f145ac945ece0166e6ec5e761d3b63e7a8998321b0de8af034519f5365aa9a'],
	['127.0.0.1', '33a074cb19991951b4cb49efb525a79f1560d5267e1d19642bb72d5c343f23a7'],
] as const) {
	test(`presigns a GET for ${host}`, t => {
		const request = {method: 'GET', path: '/b1/dir/a%20b.txt', headers: {host}};
		const url = createSigner('us-east-1').presign(request, example, newYear, 86_400);
		t.true(url.endsWith(`&X-Amz-Signature=${signature}`), url);
	});
}

test('a query is sorted by name, not by `name=value`', t => {
	const headers = {host: 'h', 'x-amz-content-sha256': EMPTY_PAYLOAD};
	t.is(signatureOf('/?a-b=1&a=2&uploads', headers, example, newYear), signatureOf('/?a=2&a-b=1&uploads=', headers, example, newYear));
});

test('signs the token of temporary keys', t => {
	const headers: Record<string, string> = {host: 'h', 'x-amz-content-sha256': EMPTY_PAYLOAD};
	createSigner('us-east-1').sign({method: 'GET', path: '/', headers}, {...example, sessionToken: 'T/+='}, newYear);
	t.is(headers['x-amz-security-token'], 'T/+=');
	t.regex(headers.authorization!, /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
});

test('leaves headers unsigned that proxies change', t => {
	const headers: Record<string, string> = {
		host: 'h',
		'x-amz-content-sha256': EMPTY_PAYLOAD,
		'user-agent': 'x',
		'accept-encoding': 'identity',
		expect: 'y',
	};
	createSigner('us-east-1').sign({method: 'GET', path: '/', headers}, example, newYear);
	t.regex(headers.authorization!, /SignedHeaders=host;x-amz-content-sha256;x-amz-date,/);
});

test('changes its key with the day and the secret', t => {
	const signer = createSigner('us-east-1');
	const sign = (credentials: Credentials, now: number) => {
		const headers: Record<string, string> = {host: 'h', 'x-amz-content-sha256': EMPTY_PAYLOAD};
		signer.sign({method: 'GET', path: '/', headers}, credentials, now);
		return headers.authorization;
	};

	const day = 24 * 60 * 60 * 1000;
	const [first, second, third, again] = [
		sign(example, newYear),
		sign(example, newYear + day),
		sign(amazon, newYear),
		sign(example, newYear),
	];
	t.is(again, first);
	t.is(new Set([first, second, third]).size, 3);
	t.true(second!.includes('/20260102/us-east-1/s3/aws4_request'));
});

/** A small generator of numbers that are the same in every run. */
const seeded = (seed: number) => (maximum: number) => {
	seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
	return (seed >>> 8) % maximum;
};

class Sha256 {
	readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

	constructor(secret?: Uint8Array | string | ArrayBuffer | ArrayBufferView) {
		this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array));
	}

	update(data: Uint8Array | string) {
		this.#hash.update(data);
	}

	async digest() {
		return new Uint8Array(this.#hash.digest());
	}
}

test('500 random requests are signed as the AWS SDK signs them', async t => {
	const next = seeded(20_260_101);
	const alphabet = [...'abcXYZ019-_.~/+ %&=?#!*\'();:@,$é日😀"<>'];
	const text = (length: number) => Array.from({length}, () => alphabet[next(alphabet.length)]).join('');
	const names = ['content-type', 'content-md5', 'range', 'if-match', 'x-amz-meta-a', 'x-amz-checksum-crc32c', 'x-amz-storage-class'];
	const signer = createSigner('eu-west-1');
	const oracle = new SignatureV4({
		credentials: example,
		region: 'eu-west-1',
		service: 's3',
		sha256: Sha256,
		uriEscapePath: false,
		applyChecksum: false,
	});

	for (let round = 0; round < 500; round++) {
		const now = newYear + next(1_000_000) * 1000;
		const method = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'][next(5)]!;
		const query: Record<string, string> = {};
		for (let count = next(4); count > 0; count--) {
			query[['prefix', 'uploadId', 'uploads', 'list-type', 'partNumber', 'a', 'a-b'][next(7)]!] = text(next(12));
		}

		const headers: Record<string, string> = {host: 'h.example:9000', 'x-amz-content-sha256': UNSIGNED_PAYLOAD};
		for (let count = next(4); count > 0; count--) {
			headers[names[next(names.length)]!] = ['a', 'a  b', 'bytes=0-9', ' x ', 'text/plain; charset=utf-8'][next(5)]!;
		}

		const pathname = `/${encodeKey(text(1 + next(40)))}`;
		const encoded = Object.entries(query)
			.map(([name, value]) => `${name}=${encodeValue(value)}`)
			.join('&');
		const ours = {...headers};
		signer.sign({method, path: encoded === '' ? pathname : `${pathname}?${encoded}`, headers: ours}, example, now);
		const theirs = await oracle.sign(
			{method, protocol: 'http:', hostname: 'h.example', port: 9000, path: pathname, query, headers: {...headers}},
			{signingDate: new Date(now)},
		);
		t.is(ours.authorization, theirs.headers.authorization, JSON.stringify({method, pathname, query, headers}));
	}
});
