import {createHash} from 'node:crypto';
import test from 'ava';
import {startS3Server} from './index.ts';
import {type HandMade, sendSigned} from './send-signed.ts';
import {chunkSignatureOf, trailerSignatureOf} from './signature.ts';

// CRC32C of `hello world` as Python's google-crc32c has it.
const sum = 'yZRlqg==';

const trailing = (chunks: readonly string[], trailer = `x-amz-checksum-crc32c:${sum}`, headers: Record<string, string> = {}): HandMade => ({
	method: 'PUT',
	path: '/bucket/a',
	payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
	headers: {
		'content-encoding': 'aws-chunked',
		'x-amz-decoded-content-length': '11',
		'x-amz-trailer': 'x-amz-checksum-crc32c',
		...headers,
	},
	sent: Buffer.from(
		[...chunks.map(chunk => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`), `0\r\n${trailer}\r\n\r\n`].join(''),
	),
});

test('takes a trailing checksum and does not keep aws-chunked', async t => {
	await using server = await startS3Server();
	const answer = await sendSigned(server, trailing(['hello world']));

	t.is(answer.status, 200);
	t.is(answer.headers['x-amz-checksum-crc32c'], sum);
	const object = server.object('bucket', 'a')!;
	t.is(object.content.toString(), 'hello world');
	t.false('content-encoding' in object.headers);

	await sendSigned(server, trailing(['hello world'], undefined, {'content-encoding': 'aws-chunked,gzip'}));
	t.is(server.object('bucket', 'a')!.headers['content-encoding'], 'gzip');
});

const refused: ReadonlyArray<readonly [title: string, code: string, request: HandMade]> = [
	['a wrong trailing checksum', 'BadDigest', trailing(['hello world'], 'x-amz-checksum-crc32c:AAAAAA==')],
	['a trailer that is no checksum', 'InvalidRequest', trailing(['hello world'], 'x-amz-checksum-crc32c:???')],
	['another trailer than declared', 'MalformedTrailerError', trailing(['hello world'], 'x-amz-checksum-crc32:DUoRhQ==')],
	['a small chunk that is not the last', 'InvalidChunkSizeError', trailing(['hello ', 'world'])],
	['another decoded length', 'IncompleteBody', trailing(['hello world'], undefined, {'x-amz-decoded-content-length': '12'})],
	[
		'a chunk without its CRLF',
		'IncompleteBody',
		{...trailing([]), sent: Buffer.from(`b\r\nhello world0\r\nx-amz-checksum-crc32c:${sum}\r\n\r\n`)},
	],
	['a body without its end', 'IncompleteBody', {...trailing([]), sent: Buffer.from('b\r\nhello world\r\n')}],
	['a wrong Content-MD5', 'BadDigest', {method: 'PUT', path: '/bucket/a', body: 'x', headers: {'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA=='}}],
	['a wrong checksum header', 'BadDigest', {method: 'PUT', path: '/bucket/a', body: 'x', headers: {'x-amz-checksum-crc32c': 'AAAAAA=='}}],
	[
		'a body without length',
		'MissingContentLength',
		{method: 'PUT', path: '/bucket/a', body: 'x', unsigned: {'transfer-encoding': 'chunked'}},
	],
	['a key of 1025 bytes', 'KeyTooLongError', {method: 'PUT', path: `/bucket/${'k'.repeat(1025)}`, body: 'x'}],
	['metadata over 2 KiB', 'MetadataTooLarge', {method: 'PUT', path: '/bucket/a', body: 'x', headers: {'x-amz-meta-a': 'a'.repeat(2048)}}],
];

for (const [title, code, request] of refused) {
	test(`refuses ${title} with ${code} and stores nothing`, async t => {
		await using server = await startS3Server();
		const answer = await sendSigned(server, request);

		t.regex(answer.body.toString(), new RegExp(`<Code>${code}</Code>`));
		t.deepEqual(server.objects('bucket'), []);
	});
}

test('takes signed chunks with a signed trailer, and refuses a chunk that was changed', async t => {
	await using server = await startS3Server();
	const signed = (content: string): HandMade => ({
		...trailing([]),
		payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
		onSigned: (seed, timestamp) => {
			const scope = {secretAccessKey: server.secretAccessKey, timestamp, region: server.region, service: 's3'};
			const first = chunkSignatureOf(seed, Buffer.from('hello world'), scope);
			const last = chunkSignatureOf(first, Buffer.alloc(0), scope);
			const trailer = `x-amz-checksum-crc32c:${sum}`;
			const trailerSignature = trailerSignatureOf(last, `${trailer}\n`, scope);
			return Buffer.from(
				`b;chunk-signature=${first}\r\n${content}\r\n0;chunk-signature=${last}\r\n${trailer}\r\nx-amz-trailer-signature:${trailerSignature}\r\n\r\n`,
			);
		},
	});

	t.is((await sendSigned(server, signed('hello world'))).status, 200);
	t.is((await sendSigned(server, signed('hello_world'))).status, 403);
});

test('refuses trailers as RGW and as Swift do, when told', async t => {
	await using rgw = await startS3Server({trailers: 'refuse-400', checksums: false});
	const answer = await sendSigned(rgw, trailing(['hello world']));
	t.is(answer.status, 400);
	t.regex(answer.body.toString(), /XAmzContentSHA256Mismatch/);

	await using swift = await startS3Server({trailers: 'refuse-501'});
	t.is((await sendSigned(swift, trailing(['hello world']))).status, 501);
});

test('keeps metadata beyond ASCII as S3 does', async t => {
	await using server = await startS3Server();
	const word = '=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=';
	await sendSigned(server, {method: 'PUT', path: '/bucket/a', body: 'x', headers: {'x-amz-meta-name': word}});
	t.is(server.object('bucket', 'a')!.metadata.name, 'ÄMÄZÕÑ S3');

	const {headers} = await sendSigned(server, {method: 'HEAD', path: '/bucket/a'});
	t.is(headers['x-amz-meta-name'], `=?UTF-8?B?${Buffer.from('ÄMÄZÕÑ S3').toString('base64')}?=`);
});

test('answers DeleteObjects only with a sum of its body, and takes an unescaped carriage return for a line feed', async t => {
	await using server = await startS3Server();
	server.store('bucket', 'a\rb', Buffer.from('x'));
	const remove = async (key: string, withSum = true) => {
		const body = `<Delete><Object><Key>${key}</Key></Object></Delete>`;
		const headers: Record<string, string> = withSum ? {'content-md5': createHash('md5').update(body).digest('base64')} : {};
		return sendSigned(server, {method: 'POST', path: '/bucket?delete', body, headers});
	};

	t.is((await remove('a&#13;b', false)).status, 400);
	t.is((await remove('a&#1;b')).status, 400);
	t.is((await remove('a\rb')).status, 200);
	t.deepEqual(server.objects('bucket'), ['a\rb']);
	t.is((await remove('a&#13;b')).status, 200);
	t.deepEqual(server.objects('bucket'), []);
});
