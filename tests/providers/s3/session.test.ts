import {Buffer} from 'node:buffer';
import test from 'ava';
import {crc32c} from '../../../source/streams/index.ts';
import {bodyOf, content, open, operations, read, streamed, upload} from './lab.ts';

const parts = [content(10_000, 1), content(8192, 2), content(5, 3)];
const whole = Buffer.concat(parts);

test('the server verifies one CRC32C for the whole, and gives it back', async t => {
	const {server, driver} = await open(t);
	const {complete} = await upload(driver, 'k', parts, {headers: {contentType: 'x/y'}, metadata: {a: 'b'}, storageClass: 'STANDARD_IA'});
	const info = await complete();
	t.like(info, {key: 'k', size: whole.length, headers: {contentType: 'x/y'}, checksums: {crc32c: crc32c(whole)}});
	t.true(server.object('bucket', 'k')!.content.equals(whole));
	t.like(server.object('bucket', 'k')!.checksum, {algorithm: 'CRC32C', type: 'FULL_OBJECT'});
	t.like(await driver.stat('k', {}), {checksums: {crc32c: crc32c(whole)}, storageClass: 'STANDARD_IA'});
});

test('a wrong CRC32C of the whole is refused, and nothing becomes visible', async t => {
	const {server, driver} = await open(t);
	const {session, receipts} = await upload(driver, 'k', parts);
	await t.throwsAsync(session.complete(receipts, {size: whole.length, crc32c: 1}), {name: 'SluiceError'});
	t.deepEqual(server.objects('bucket'), []);
	await session.abort({});
	await session.abort({});
	t.deepEqual(server.uploads('bucket'), []);
});

test('an upload is continued from its token in another process', async t => {
	const {server, driver} = await open(t);
	const session = await driver.begin!('k', {});
	const first = await session.part({number: 1, offset: 0, body: streamed(parts[0]!)}, {});
	const resumed = driver.resume!(session.token);
	t.is(resumed.token, session.token);
	t.false(/secret|AKID/i.test(session.token));
	const second = await resumed.part({number: 2, offset: 10_000, body: bodyOf(parts[1]!)}, {});
	const info = await resumed.complete([first, second], {size: 18_192, crc32c: crc32c(Buffer.concat(parts.slice(0, 2)))});
	t.is(info.size, 18_192);
	t.is(server.object('bucket', 'k')!.content.length, 18_192);
});

for (const token of [
	'',
	'{}',
	'[]',
	'null',
	'1',
	'{"key":"k"}',
	'{"key":1,"uploadId":"x"}',
	'{"key":"k","uploadId":"x","crc32c":"yes"}',
	'{"__proto__":{"key":"k","uploadId":"x"}}',
]) {
	test(`the token ${token} is none`, async t => {
		const {driver} = await open(t);
		t.throws(() => driver.resume!(token), {code: 'INVALID_ARGUMENT'});
	});
}

test('unfinished uploads are listed with tokens that remove them', async t => {
	const {server, driver} = await open(t, {pageSize: 2});
	for (const key of ['a+b c', 'a%', 'b', 'c\n', 'd']) {
		await driver.begin!(key, {});
	}

	const found = [];
	for await (const one of driver.uploads!({})) {
		t.true(one.started instanceof Date);
		found.push(one.key);
		await driver.resume!(one.token).abort({});
	}

	t.deepEqual(found.sort(), ['a%', 'a+b c', 'b', 'c\n', 'd']);
	t.deepEqual(server.uploads('bucket'), []);
});

test('a server that refuses a checksum for the whole is asked without, from then on', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'CreateMultipartUpload', status: 400, code: 'InvalidArgument'});
	const first = await upload(driver, 'a', parts);
	await first.complete();
	const second = await upload(driver, 'b', parts);
	await second.complete();
	t.is(operations(server).filter(operation => operation === 'CreateMultipartUpload').length, 3);
	t.true(server.object('bucket', 'b')!.content.equals(whole));
	t.false(server.requests.some(({operation, headers}) => operation === 'UploadPart' && 'x-amz-trailer' in headers));
});

const hidden = {
	InternalError: {code: 'UNAVAILABLE', retry: 'transient'},
	SlowDown: {code: 'RATE_LIMITED', retry: 'throttled'},
	AccessDenied: {code: 'PERMISSION_DENIED', retry: 'never'},
	SomethingElse: {code: 'BAD_RESPONSE', retry: 'transient'},
} as const;

for (const [code, expected] of Object.entries(hidden)) {
	test(`a 200 that hides ${code} is no success`, async t => {
		const {server, driver} = await open(t);
		const {complete, session} = await upload(driver, 'k', parts);
		server.faults.add({operation: 'CompleteMultipartUpload', okWithError: {code}});
		t.like(await t.throwsAsync(complete()), {name: 'SluiceError', ...expected, providerCode: code});
		t.deepEqual(server.objects('bucket'), []);
		await session.abort({});
	});
}

const result = (content: string) => `<?xml version="1.0"?><CompleteMultipartUploadResult>${content}</CompleteMultipartUploadResult>`;

for (const [name, body] of Object.entries({
	nothing: '',
	'white space': '   \n',
	HTML: '<html><body>Please log in</body></html>',
	'half a document': result('<Key>k</Key>').slice(0, -20),
	'another document': '<DeleteResult/>',
	'another key': result('<Key>other</Key><ETag>"x-1"</ETag>'),
})) {
	test(`a 200 with ${name} is no success, but worth another try`, async t => {
		const {server, driver} = await open(t);
		const {complete} = await upload(driver, 'k', parts);
		server.faults.add({operation: 'CompleteMultipartUpload', okWithBody: body});
		t.like(await t.throwsAsync(complete()), {code: 'BAD_RESPONSE', retry: 'transient'});
		t.is((await complete()).size, whole.length);
	});
}

test('an answer without ETag, as Ceph gives it, is filled in by HEAD', async t => {
	const {server, driver} = await open(t);
	const {complete} = await upload(driver, 'k', parts);
	server.faults.add({operation: 'CompleteMultipartUpload', workDone: true, okWithBody: result('<Key>k</Key><ETag/>')});
	const info = await complete();
	t.is(`"${info.etag}"`, server.object('bucket', 'k')!.etag);
	t.is(info.size, whole.length);
});

test('a key that the answer spells percent-encoded is the same key', async t => {
	const {server, driver} = await open(t);
	const {complete} = await upload(driver, 'a b+c/d', parts);
	server.faults.add({
		operation: 'CompleteMultipartUpload',
		workDone: true,
		okWithBody: result('<Key>a%20b%2Bc%2Fd</Key><ETag>"x-3"</ETag>'),
	});
	t.is((await complete()).etag, 'x-3');
});

test('a part whose answer has no ETag is not trusted', async t => {
	const {server, driver} = await open(t);
	const session = await driver.begin!('k', {});
	server.faults.add({operation: 'UploadPart', responseHeaders: {etag: null}});
	t.like(await t.throwsAsync(session.part({number: 1, offset: 0, body: streamed(parts[0]!)}, {})), {
		code: 'BAD_RESPONSE',
		retry: 'transient',
		part: 1,
	});
});

test('an upload that is gone is told apart', async t => {
	const {driver} = await open(t);
	const {session, receipts} = await upload(driver, 'k', parts);
	await session.abort({});
	await t.throwsAsync(session.complete(receipts, {size: whole.length, crc32c: crc32c(whole)}), {code: 'UPLOAD_NOT_FOUND'});
	await t.throwsAsync(session.part({number: 1, offset: 0, body: streamed(parts[0]!)}, {}), {code: 'UPLOAD_NOT_FOUND'});
});

test('a call that is aborted while the upload begins leaves none behind', async t => {
	const {server, driver} = await open(t);
	const controller = new AbortController();
	server.faults.add({operation: 'CreateMultipartUpload', delayMilliseconds: 50, onRequest: () => controller.abort(new Error('why'))});
	t.like(await t.throwsAsync(driver.begin!('k', {signal: controller.signal})), {code: 'CANCELLED', cause: {message: 'why'}});
	t.deepEqual(server.uploads('bucket'), []);
});

test('a call that is aborted while the object becomes visible tells that it did', async t => {
	const {server, driver} = await open(t);
	const {session, receipts} = await upload(driver, 'k', parts);
	const controller = new AbortController();
	server.faults.add({operation: 'CompleteMultipartUpload', delayMilliseconds: 50, onRequest: () => controller.abort()});
	t.is((await session.complete(receipts, {size: whole.length, crc32c: crc32c(whole), signal: controller.signal})).size, whole.length);
	const another = new AbortController();
	server.faults.add({operation: 'PutObject', delayMilliseconds: 50, onRequest: () => another.abort()});
	t.is((await driver.put('p', bodyOf(parts[2]!), {signal: another.signal})).size, 5);
	t.deepEqual(server.objects('bucket'), ['k', 'p']);
});

test('a call that is aborted while its body goes out stops at once, and stores nothing', async t => {
	const {server, driver} = await open(t);
	const controller = new AbortController();
	const stalling = {
		size: 1_000_000,
		crc32c: () => undefined,
		async send(write: (chunk: Uint8Array) => void | Promise<void>) {
			await write(Buffer.alloc(1000));
			const stalled = Promise.withResolvers<never>();
			setTimeout(() => controller.abort(), 20);
			controller.signal.addEventListener('abort', () => stalled.reject(new Error('stopped')));
			return stalled.promise;
		},
	};
	const start = performance.now();
	await t.throwsAsync(driver.put('k', stalling, {signal: controller.signal}));
	t.true(performance.now() - start < 800);
	t.deepEqual(server.objects('bucket'), []);
});

for (const write of ['put', 'upload'] as const) {
	const send = async (driver: Awaited<ReturnType<typeof open>>['driver'], condition: {absent?: boolean; revision?: string}) => {
		if (write === 'put') {
			return driver.put('k', bodyOf(parts[2]!), {condition});
		}

		const {complete, session} = await upload(driver, 'k', [parts[2]!], {condition});
		try {
			return await complete();
		} finally {
			await session.abort({});
		}
	};

	test(`${write} for an absent object writes once`, async t => {
		const {server, driver} = await open(t);
		await send(driver, {absent: true});
		await t.throwsAsync(send(driver, {absent: true}), {code: 'ALREADY_EXISTS'});
		t.deepEqual(server.objects('bucket'), ['k']);
		t.deepEqual(server.uploads('bucket'), []);
	});

	test(`${write} over a revision writes over that one only`, async t => {
		const {server, driver} = await open(t);
		server.store('bucket', 'k', Buffer.from('old'));
		const {revision} = await driver.stat('k', {});
		await send(driver, {revision});
		await t.throwsAsync(send(driver, {revision}), {code: 'PRECONDITION_FAILED'});
		await driver.remove(['k'], {});
		await t.throwsAsync(send(driver, {revision}), {code: 'PRECONDITION_FAILED'});
	});

	for (const conditionalWrites of ['ignore', 'refuse-501'] as const) {
		test(`${write} on a condition is refused by name where the server does not keep to it (${conditionalWrites})`, async t => {
			const {server, driver} = await open(t, {conditionalWrites});
			server.store('bucket', 'k', Buffer.from('old'));
			await t.throwsAsync(send(driver, {absent: true}), {code: 'UNSUPPORTED'});
			t.is(server.object('bucket', 'k')!.content.toString(), 'old');
			t.deepEqual(server.objects('bucket'), ['k']);
			t.deepEqual(server.uploads('bucket'), []);
			server.forget();
			await t.throwsAsync(send(driver, {revision: 'x'}), {code: 'UNSUPPORTED'});
			t.is(server.requests.length, 0);
		});
	}

	test(`${write}: a race is a conflict that may pass`, async t => {
		const {server, driver} = await open(t);
		await send(driver, {absent: true});
		await driver.remove(['k'], {});
		const operation = write === 'put' ? 'PutObject' : 'CompleteMultipartUpload';
		server.faults.add({operation, status: 409, code: 'ConditionalRequestConflict'});
		t.like(await t.throwsAsync(send(driver, {absent: true})), {code: 'CONFLICT', retry: 'transient'});
	});
}

test('of 20 writers for an absent object one wins', async t => {
	const {server, driver} = await open(t);
	const outcomes = await Promise.allSettled(
		Array.from({length: 20}, async (_, index) => driver.put('k', bodyOf(Buffer.from(`${index}`)), {condition: {absent: true}})),
	);
	const won = outcomes.findIndex(({status}) => status === 'fulfilled');
	t.is(outcomes.filter(({status}) => status === 'fulfilled').length, 1);
	t.is((await read(driver, 'k')).toString(), `${won}`);
	t.deepEqual(server.objects('bucket'), ['k']);
});
