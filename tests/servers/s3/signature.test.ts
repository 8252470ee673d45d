import test from 'ava';
import {decodeAwsChunked} from './aws-chunked.ts';
import {sumOf} from './checksums.ts';
import {crc64Nvme} from './crc64-nvme.ts';
import {startS3Server} from './index.ts';
import {sendSigned} from './send-signed.ts';
import {type Scope, sha256Hex, signatureOf} from './signature.ts';

// "Examples of Signature Calculations" and "Signature Calculations for Chunked Upload" in the S3 documentation.
const published: Scope = {
	secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
	timestamp: '20130524T000000Z',
	region: 'us-east-1',
	service: 's3',
};
const emptyHash = sha256Hex('');

test("signs AWS's published GET as published", t => {
	const headers = new Map(
		Object.entries({
			host: 'examplebucket.s3.amazonaws.com',
			range: 'bytes=0-9',
			'x-amz-content-sha256': emptyHash,
			'x-amz-date': published.timestamp,
		}),
	);
	const request = {method: 'GET', path: '/test.txt', query: '', headers, signedHeaders: [...headers.keys()], payloadHash: emptyHash};

	t.is(signatureOf(request, published), 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});

test("signs AWS's published list with a query as published", t => {
	const headers = new Map(
		Object.entries({host: 'examplebucket.s3.amazonaws.com', 'x-amz-content-sha256': emptyHash, 'x-amz-date': published.timestamp}),
	);
	const request = {method: 'GET', path: '/', headers, signedHeaders: [...headers.keys()], payloadHash: emptyHash};

	t.is(
		signatureOf({...request, query: 'max-keys=2&prefix=J'}, published),
		'34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
	);
	t.is(signatureOf({...request, query: 'lifecycle'}, published), 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543');
});

test("takes AWS's published signed chunks, and none with a bit changed", t => {
	const chunk = (size: number, signature: string): string => `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`;
	const body = Buffer.from(
		[
			chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
			chunk(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
			chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
		].join(''),
	);
	const framing = {
		isSigned: true,
		hasTrailer: false,
		signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
		scope: published,
	};

	t.is(decodeAwsChunked(body, framing).content.length, 66_560);

	body[100] = 0x62;
	t.throws(() => decodeAwsChunked(body, framing), {message: /chunk 1/});
});

const example = {accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'};
const exampleScope = {...published, secretAccessKey: example.secretAccessKey, timestamp: '20260101T000000Z'};

test('signs an awkward key and an awkward query as botocore does', t => {
	const headers = new Map(
		Object.entries({host: 's3.example.test:9000', 'x-amz-content-sha256': emptyHash, 'x-amz-date': exampleScope.timestamp}),
	);
	const request = {method: 'GET', query: '', headers, signedHeaders: [...headers.keys()], payloadHash: emptyHash};

	t.is(
		signatureOf({...request, path: '/b1/a%20b/%2B%26%25%3F%23%C3%A9/x//y%3B%3D%40%2C%24%21%2A%27%28%29~'}, exampleScope),
		'098143a8ac922c202a80b80726f9af354530121a79b0e2b72dda76dfbdab185d',
	);
	t.is(
		signatureOf(
			{...request, path: '/b1/', query: 'prefix=a%20b%2B%2F&list-type=2&continuation-token=x%2Fy%3D%3D&encoding-type=url'},
			exampleScope,
		),
		'375cd3b6c8e9d305d5f2a089cee1f68c7f37a280a8c77db32698a01b0d4a0c62',
	);
});

const presigned = (expires: number, signature: string): string =>
	`/b1/dir/a%20b.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`;

test('takes a presigned URL of another implementation until it expires', async t => {
	let now = new Date('2026-01-01T12:00:00Z');
	await using server = await startS3Server({credentials: example, buckets: ['b1'], clock: () => now});
	server.store('b1', 'dir/a b.txt', Buffer.from('presigned'));
	const {port} = new URL(server.endpoint);
	const get = async (path: string): Promise<{status: number; text: string}> => {
		const {request} = await import('node:http');
		return new Promise((resolve, reject) => {
			const asked = request({port, host: '127.0.0.1', path, agent: false, headers: {host: 's3.us-east-1.amazonaws.com'}}, async answer => {
				resolve({status: answer.statusCode!, text: Buffer.concat(await answer.toArray()).toString()});
			});
			asked.on('error', reject);
			asked.end();
		});
	};
	const url = presigned(86_400, 'f0f145ac945ece0166e6ec5e761d3b63e7a8998321b0de8af034519f5365aa9a');

	t.deepEqual(await get(url), {status: 200, text: 'presigned'});

	const changed = await get(url.replace('a%20b', 'a%20c'));
	t.is(changed.status, 403);
	t.regex(changed.text, /<Code>SignatureDoesNotMatch</);

	now = new Date('2026-01-02T00:00:01Z');
	const expired = await get(url);
	t.is(expired.status, 403);
	t.regex(expired.text, /Request has expired/);

	const tooLong = await get(presigned(604_801, '0'.repeat(64)));
	t.is(tooLong.status, 400);
	t.regex(tooLong.text, /AuthorizationQueryParametersError/);
});

test('refuses what S3 refuses of a signature', async t => {
	await using server = await startS3Server({region: 'eu-west-1'});
	const put = {method: 'PUT', path: '/bucket/a', body: 'hello'};

	const wrongSecret = await sendSigned(server, {...put, secretAccessKey: 'other'});
	t.is(wrongSecret.status, 403);
	t.regex(wrongSecret.body.toString(), /SignatureDoesNotMatch/);

	const wrongRegion = await sendSigned(server, {...put, region: 'us-east-1'});
	t.is(wrongRegion.status, 400);
	t.is(wrongRegion.headers['x-amz-bucket-region'], 'eu-west-1');
	t.regex(wrongRegion.body.toString(), /AuthorizationHeaderMalformed.*<Region>eu-west-1</);

	const late = await sendSigned(server, {...put, date: new Date(Date.now() - 16 * 60_000)});
	t.is(late.status, 403);
	t.regex(late.body.toString(), /RequestTimeTooSkewed.*<ServerTime>/);

	const unsigned = await sendSigned(server, {...put, unsigned: {'x-amz-meta-color': 'blue'}});
	t.is(unsigned.status, 403);
	t.regex(unsigned.body.toString(), /There were headers present in the request which were not signed.*x-amz-meta-color/);

	const otherBody = await sendSigned(server, {...put, sent: Buffer.from('jello')});
	t.is(otherBody.status, 400);
	t.regex(otherBody.body.toString(), /XAmzContentSHA256Mismatch/);

	const anonymous = await fetch(`${server.endpoint}/bucket/a`);
	t.is(anonymous.status, 403);
	t.regex(await anonymous.text(), /AccessDenied/);

	t.deepEqual(server.objects('bucket'), []);
});

test('sums as the vectors say', t => {
	t.is(crc64Nvme(Buffer.from('123456789')).toString('hex'), 'ae8b14860a799888');
	t.is(sumOf('CRC64NVME', Buffer.from('hello')), 'M3eFcAZSQlc=');
	t.is(sumOf('CRC64NVME', Buffer.from('helloworld')), 'dlX6YCbD8/M=');
	t.is(sumOf('CRC64NVME', Buffer.alloc(0)), 'AAAAAAAAAAA=');
	t.is(sumOf('CRC32', Buffer.from('hello world')), 'DUoRhQ==');
	t.is(sumOf('CRC32C', Buffer.from('123456789')), '4waSgw==');
});
