import {Buffer} from 'node:buffer';
import {setTimeout} from 'node:timers/promises';
import test from 'ava';
import {MIB} from '../../../source/utils/sizes.ts';
import {open, operations} from './lab.ts';

const partSize = 5 * MIB;
const sizes = {partSize, concurrency: 3};
const bytes = Buffer.alloc(4 * partSize + 1, 'sluice');

test('a whole body goes up in parts, with headers and metadata', async t => {
	const {server, driver} = await open(t);
	const options = {headers: {contentType: 'x/y', cacheControl: 'no-store'}, metadata: {a: 'é'}, storageClass: 'STANDARD_IA'};
	for (const [key, body] of [
		['bytes', bytes],
		['blob', new Blob([bytes])],
	] as const) {
		const info = await driver.putWhole!(key, body, {...sizes, ...options});
		t.true(server.object('bucket', key)!.content.equals(bytes));
		const found = await driver.stat(key, {});
		t.like(found, {size: bytes.length, etag: info.etag, headers: options.headers, storageClass: 'STANDARD_IA'});
		t.deepEqual({...found.metadata}, options.metadata);
	}

	t.is(operations(server).filter(operation => operation === 'UploadPart').length, 10);
});

test('the condition stands at the end of the upload', async t => {
	const {server, driver} = await open(t);
	await driver.putWhole!('k', bytes, {...sizes, condition: {absent: true}});
	await t.throwsAsync(driver.putWhole!('k', bytes, {...sizes, condition: {absent: true}}), {code: 'ALREADY_EXISTS'});
	t.deepEqual(server.uploads('bucket'), []);
});

test('a part that fails ends the upload: the abort comes when all parts have landed, and before the call does', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'UploadPart', delayMilliseconds: 100, times: 2});
	server.faults.add({operation: 'UploadPart', status: 403, code: 'AccessDenied'});
	t.like(await t.throwsAsync(driver.putWhole!('k', bytes, sizes)), {code: 'PERMISSION_DENIED', status: 403, key: 'k', leftover: undefined});
	t.is(operations(server).at(-1), 'AbortMultipartUpload');
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], []]);
	const count = server.requests.length;
	await setTimeout(150);
	t.is(server.requests.length, count);
	t.deepEqual(server.uploads('bucket'), []);
});

test('a part that fails while the source is silent ends the upload', async t => {
	const {server, driver} = await open(t);
	let pulls = 0;
	const silent = new Blob([bytes]);
	// As a Blob over a file on a share that hangs.
	silent.stream = () =>
		new ReadableStream({
			async pull(controller) {
				pulls++;
				if (pulls > 1) {
					return new Promise(() => {});
				}

				controller.enqueue(new Uint8Array(partSize + 1));
			},
		});
	server.faults.add({operation: 'UploadPart', status: 403, code: 'AccessDenied'});
	await t.throwsAsync(driver.putWhole!('k', silent, sizes), {code: 'PERMISSION_DENIED'});
	t.deepEqual(server.uploads('bucket'), []);
});

test('an abort while the source is silent ends the upload, with the reason', async t => {
	const {server, driver} = await open(t);
	const controller = new AbortController();
	const silent = new Blob([bytes]);
	silent.stream = () =>
		new ReadableStream({
			start(stream) {
				stream.enqueue(new Uint8Array(partSize + 1));
			},
		});
	server.faults.add({operation: 'UploadPart', onRequest: () => controller.abort(new Error('why'))});
	t.like(await t.throwsAsync(driver.putWhole!('k', silent, {...sizes, signal: controller.signal})), {
		code: 'CANCELLED',
		cause: {message: 'why'},
	});
	t.deepEqual(server.uploads('bucket'), []);
});

test('an abort before the first byte makes no request, and takes no handler of the caller’s away', async t => {
	const {server, driver} = await open(t);
	const controller = new AbortController();
	const handler = () => undefined;
	controller.signal.onabort = handler;
	controller.abort();
	await t.throwsAsync(driver.putWhole!('k', bytes, {...sizes, signal: controller.signal}), {code: 'CANCELLED'});
	t.is(controller.signal.onabort, handler);
	t.is(server.requests.length, 0);
});

test('an error of the source comes out as it is', async t => {
	const {server, driver} = await open(t);
	const failure = new Error('source broke');
	const broken = new Blob([bytes]);
	let pulls = 0;
	broken.stream = () =>
		new ReadableStream({
			pull(stream) {
				if (pulls++ === 0) {
					stream.enqueue(new Uint8Array(partSize + 1));
				} else {
					stream.error(failure);
				}
			},
		});
	t.is(await t.throwsAsync(driver.putWhole!('k', broken, sizes)), failure);
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], []]);
});

test('a 200 that hides an error is no success, and the upload is removed', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'CompleteMultipartUpload', okWithError: {code: 'InternalError'}});
	t.like(await t.throwsAsync(driver.putWhole!('k', bytes, sizes)), {code: 'UNAVAILABLE', retry: 'transient'});
	t.deepEqual([server.uploads('bucket'), server.objects('bucket')], [[], []]);
});

test('an upload that cannot be removed is named by its token', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'UploadPart', status: 403, code: 'AccessDenied'});
	server.faults.add({operation: 'AbortMultipartUpload', status: 500, code: 'InternalError'});
	const error = await t.throwsAsync<Error & {leftover: string}>(driver.putWhole!('k', bytes, sizes), {code: 'PERMISSION_DENIED'});
	t.is(server.uploads('bucket').length, 1);
	await driver.resume!(error.leftover).abort({});
	t.deepEqual(server.uploads('bucket'), []);
});

test('an abort while the object becomes visible tells that it did', async t => {
	const {server, driver} = await open(t);
	const controller = new AbortController();
	server.faults.add({operation: 'CompleteMultipartUpload', delayMilliseconds: 50, onRequest: () => controller.abort()});
	t.is((await driver.putWhole!('k', bytes, {...sizes, signal: controller.signal})).size, bytes.length);
	t.deepEqual(server.objects('bucket'), ['k']);
});

test('four connections carry twenty parts', async t => {
	const {server, driver} = await open(t);
	await driver.putWhole!('k', Buffer.alloc(20 * partSize), {partSize, concurrency: 4});
	t.true(server.connections() <= 5, `${server.connections()} connections`);
});
