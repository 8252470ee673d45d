/*
What the provider and the retry layer make of broken connections and dishonest answers. The numbers are rows of the matrix of faults.
*/
import {Buffer} from 'node:buffer';
import test from 'ava';
import type {Bucket} from '../../../source/bucket/index.ts';
import {KIB, MIB} from '../../../source/utils/sizes.ts';
import type {Fault, S3Server} from '../../servers/s3/index.ts';
import {content, open, operations} from './lab.ts';

const bytes = content(300 * KIB);
const partSize = 5 * MIB;
const large = Buffer.alloc(2 * partSize + 7, 'sluice');

const ranges = (server: S3Server) => server.requests.filter(({operation}) => operation === 'GetObject').map(({headers}) => headers.range);
const count = (server: S3Server, operation: string) => operations(server).filter(name => name === operation).length;

/** Writes in parts, through buffers, as a stream does. */
const putParts = async (bucket: Bucket, key: string, options: Parameters<Bucket['put']>[2] = {}) =>
	bucket.put(key, large, {partSize, onProgress: () => undefined, ...options});

const breaks: readonly (keyof Fault)[] = ['resetAfterResponseBytes', 'closeAfterResponseBytes'];
for (const name of breaks) {
	for (const at of [0, 1, 64 * KIB, bytes.length - 1]) {
		test(`12, 13: a body that breaks at byte ${at} (${name}) goes on there, pinned`, async t => {
			const {server, bucket} = await open(t);
			server.store('bucket', 'k', bytes);
			server.faults.add({operation: 'GetObject', [name]: at});
			t.true((await bucket.bytes('k')).equals(bytes));
			t.deepEqual(ranges(server), [undefined, at === 0 ? undefined : `bytes=${at}-${bytes.length - 1}`]);
			t.is(server.requests[1]!.headers['if-match'], server.object('bucket', 'k')!.etag);
		});
	}
}

test('14: a body without a length is not believed', async t => {
	const {server, bucket} = await open(t);
	server.store('bucket', 'k', bytes);
	server.faults.add({operation: 'GetObject', responseHeaders: {'content-length': null}});
	t.true((await bucket.bytes('k')).equals(bytes));
	t.is(server.requests.length, 2);
});

test('16: bytes behind the end never reach the consumer', async t => {
	const {server, driver} = await open(t);
	server.faults.add({
		operation: 'GetObject',
		raw: socket => {
			socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "x"\r\n\r\nhelloworld');
		},
	});
	const chunks: Buffer[] = [];
	await driver
		.read('k', {}, chunk => {
			chunks.push(Buffer.from(chunk));
		})
		.catch(() => undefined);
	t.true('hello'.startsWith(Buffer.concat(chunks).toString()));
	server.store('bucket', 'k', bytes);
	await t.notThrowsAsync(driver.stat('k', {}));
});

for (const range of ['bytes 0-9/300', 'bytes 10-18/307200', 'bytes 10-19/*', 'items 10-19/307200', 'bytes 10-19', null]) {
	test(`17: the Content-Range ${range} is refused, tried again and then an error`, async t => {
		const {server, bucket} = await open(t);
		server.store('bucket', 'k', bytes);
		server.faults.add({operation: 'GetObject', responseHeaders: {'content-range': range}});
		t.true((await bucket.bytes('k', {start: 10, end: 19})).equals(bytes.subarray(10, 20)));
		server.faults.add({operation: 'GetObject', times: 100, responseHeaders: {'content-range': range}});
		await t.throwsAsync(bucket.bytes('k', {start: 10, end: 19}), {code: 'RANGE_MISMATCH'});
	});
}

test('18: a whole object in place of a range is an error, and none of it is delivered', async t => {
	const {server, bucket} = await open(t);
	server.store('bucket', 'k', bytes);
	server.faults.add({operation: 'GetObject', times: 100, ignoreRange: true});
	await t.throwsAsync(bucket.bytes('k', {start: 10, end: 19}), {code: 'RANGE_IGNORED'});
});

test('27: a connection that breaks amid a part costs that part only', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'UploadPart', skip: 1, resetAfterRequestBytes: 100 * KIB});
	await putParts(bucket, 'k');
	t.true(server.object('bucket', 'k')!.content.equals(large));
	t.is(count(server, 'UploadPart'), 4);
});

for (const [status, code, expected] of [
	[403, 'AccessDenied', 'PERMISSION_DENIED'],
	[400, 'EntityTooLarge', 'QUOTA'],
] as const) {
	test(`29: ${code} that comes while the body goes out is read, not lost`, async t => {
		const {server, bucket} = await open(t);
		server.faults.add({operation: 'PutObject', times: 10, early: true, status, code});
		await t.throwsAsync(bucket.put('k', large.subarray(0, partSize), {partSize}), {code: expected, message: new RegExp(code)});
		t.true(server.requests[0]!.bytes < partSize);
		t.deepEqual(server.objects('bucket'), []);
	});
}

test('29: a 503 that comes while the body goes out is tried again', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'UploadPart', early: true, status: 503, code: 'SlowDown'});
	await putParts(bucket, 'k');
	t.true(server.object('bucket', 'k')!.content.equals(large));
});

test('31: a byte that flips on its way up is noticed by the server, and its part sent again', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'UploadPart', flipRequestByte: 4711});
	server.faults.add({operation: 'PutObject', flipRequestByte: 7});
	await putParts(bucket, 'k');
	await bucket.put('small', bytes);
	t.true(server.object('bucket', 'k')!.content.equals(large));
	t.true(server.object('bucket', 'small')!.content.equals(bytes));
	t.is(count(server, 'UploadPart'), 4);
});

test('32: a part whose answer has no ETag is sent again', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'UploadPart', responseHeaders: {etag: null}});
	await putParts(bucket, 'k');
	t.is(count(server, 'UploadPart'), 4);
	server.faults.add({operation: 'UploadPart', times: 1000, responseHeaders: {etag: null}});
	await t.throwsAsync(putParts(bucket, 'j'), {code: 'BAD_RESPONSE'});
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], ['k']]);
});

test('33: an object that is replaced amid a read is never mixed with the old one', async t => {
	const {server, bucket} = await open(t);
	server.store('bucket', 'k', bytes);
	server.faults.add({operation: 'GetObject', resetAfterResponseBytes: 100 * KIB});
	server.faults.add({operation: 'GetObject', onRequest: () => server.store('bucket', 'k', content(300 * KIB, 9))});
	await t.throwsAsync(bucket.bytes('k'), {code: 'SOURCE_CHANGED'});
});

test('38: a 200 that hides an error is tried again with the same upload', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'CompleteMultipartUpload', times: 2, okWithError: {code: 'InternalError'}});
	await putParts(bucket, 'k');
	t.true(server.object('bucket', 'k')!.content.equals(large));
	t.is(count(server, 'CreateMultipartUpload'), 1);
	t.is(count(server, 'CompleteMultipartUpload'), 3);
	server.faults.add({operation: 'CompleteMultipartUpload', times: 1000, okWithError: {code: 'InternalError'}});
	await t.throwsAsync(putParts(bucket, 'j'), {code: 'UNAVAILABLE'});
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], ['k']]);
});

for (const body of ['', '  \n', '<html></html>', '<CompleteMultipartUploadResult><Key>k']) {
	for (const workDone of [false, true]) {
		test(`39: ${JSON.stringify(body)} in place of the result, the work ${workDone ? 'done' : 'not done'}, is looked into`, async t => {
			const {server, bucket} = await open(t);
			server.faults.add({operation: 'CompleteMultipartUpload', okWithBody: body, workDone});
			const info = await putParts(bucket, 'k');
			t.is(info.size, large.length);
			t.true(server.object('bucket', 'k')!.content.equals(large));
			t.is(count(server, 'UploadPart'), 3);
		});
	}
}

test('40: a denial in a 200 is final, and the upload is removed', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'CompleteMultipartUpload', okWithError: {code: 'AccessDenied'}});
	await t.throwsAsync(putParts(bucket, 'k'), {code: 'PERMISSION_DENIED'});
	t.is(count(server, 'CompleteMultipartUpload'), 1);
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], []]);
});

test('41: an answer that is lost behind the commit is a success', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'CompleteMultipartUpload', loseAnswer: true});
	t.is((await putParts(bucket, 'k')).size, large.length);
	t.is(count(server, 'UploadPart'), 3);
	server.faults.add({operation: 'PutObject', loseAnswer: true});
	await bucket.put('small', bytes);
	// Its own first try is what the second one finds.
	server.faults.add({operation: 'PutObject', key: /^once$/, loseAnswer: true});
	t.is((await bucket.put('once', bytes, {condition: {absent: true}})).size, bytes.length);
	t.deepEqual(server.objects('bucket'), ['k', 'once', 'small']);
});

test('42: an upload that is gone, its object absent, is an error', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'CompleteMultipartUpload', times: 10, status: 404, code: 'NoSuchUpload'});
	await t.throwsAsync(putParts(bucket, 'k'), {code: 'UPLOAD_NOT_FOUND'});
	t.deepEqual(server.objects('bucket'), []);
});

test('43: a part that was sent twice is named once', async t => {
	const {server, bucket} = await open(t);
	server.faults.add({operation: 'UploadPart', times: 2, loseAnswer: true});
	await putParts(bucket, 'k');
	t.true(server.object('bucket', 'k')!.content.equals(large));
});

for (const [status, code] of [
	[500, 'InternalError'],
	[502, undefined],
	[503, 'SlowDown'],
	[504, undefined],
	[429, 'TooManyRequests'],
	[400, 'RequestTimeout'],
	[408, undefined],
] as const) {
	test(`48, 49, 52: ${status} ${code ?? ''} is tried again, on every verb`, async t => {
		const {server, bucket} = await open(t);
		server.store('bucket', 'k', bytes);
		const fail = () => server.faults.add({times: 2, status, code, ...(code === undefined && {body: '<html>busy</html>'})});
		fail();
		t.true((await bucket.bytes('k')).equals(bytes));
		fail();
		await bucket.put('new', bytes);
		fail();
		await bucket.remove('k');
		t.deepEqual(server.objects('bucket'), ['new']);
	});
}

test('80: a listing that is cut off, its length honest, is read again', async t => {
	const {server, bucket} = await open(t);
	server.store('bucket', 'k', bytes);
	const page = '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>';
	server.faults.add({operation: 'ListObjectsV2', okWithBody: page});
	server.faults.add({operation: 'ListObjectsV2', okWithBody: ''});
	const keys = [];
	for await (const {key} of bucket.list()) {
		keys.push(key);
	}

	t.deepEqual(keys, ['k']);
});

test('81: an endless error body is read no further than it is of use', async t => {
	const {server, driver} = await open(t);
	server.faults.add({status: 403, body: Buffer.alloc(8 * MIB, 'x')});
	await t.throwsAsync(driver.stat('k', {}), {code: 'PERMISSION_DENIED'});
	server.faults.add({operation: 'GetObject', status: 403, body: Buffer.alloc(8 * MIB, 'x')});
	await t.throwsAsync(
		driver.read('k', {}, () => undefined),
		{code: 'PERMISSION_DENIED'},
	);
	await driver.close();
});
