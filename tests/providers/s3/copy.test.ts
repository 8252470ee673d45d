import {Buffer} from 'node:buffer';
import test from 'ava';
import type {Driver} from '../../../source/contract/index.ts';
import {createClient} from '../../../source/providers/s3/client.ts';
import {type CopyLimits, copyObject} from '../../../source/providers/s3/copy.ts';
import {readOptions} from '../../../source/providers/s3/options.ts';
import type {S3Server} from '../../servers/s3/index.ts';
import {content, driverOf, open, operations} from './lab.ts';

const limits: CopyLimits = {single: 20_000, part: 9000, concurrency: 3};
const bytes = content(50_001);
const headers = {'content-type': 'x/y', 'cache-control': 'no-store'};

/** A copy in parts, at sizes that a test can hold. */
const copyInParts = async (server: S3Server, driver: Driver, options: Parameters<typeof copyObject>[3] = {}) => {
	const {endpoint, accessKeyId: user, secretAccessKey: key} = server;
	const client = createClient(readOptions({name: 'lab', type: 's3', bucket: 'bucket', endpoint, user, key}));
	try {
		return await copyObject(client, {source: driver, bucket: 'bucket', key: 'a b+é/c'}, 'copy', options, limits);
	} finally {
		await client.close();
	}
};

const awkward = ['plain', 'a b+é/c', '?versionId=1', 'a//b', '%2F', '../x', '#&=', '\u0001'];

test('an object is copied with headers and metadata, whatever its key', async t => {
	const {server, driver} = await open(t, {buckets: ['bucket', 'other']});
	const other = driverOf(server, {bucket: 'other'});
	t.teardown(async () => other.close());
	for (const key of awkward) {
		server.store('bucket', key, Buffer.from(key), {headers, metadata: {a: 'b'}});
		const info = await other.copyFrom!(driver, key, `${key}.copy`, {});
		t.like(info, {size: Buffer.byteLength(key), headers: {contentType: 'x/y'}});
		const copy = server.object('other', `${key}.copy`)!;
		t.is(copy.content.toString(), key);
		t.like(copy, {headers, metadata: {a: 'b'}});
	}

	t.false(operations(server).includes('GetObject'));
});

test('headers and metadata given for the copy take the place of the source’s', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'k', bytes, {headers, metadata: {a: 'b'}});
	await driver.copyFrom!(driver, 'k', 'copy', {headers: {contentType: 'new/type'}, metadata: {c: 'é'}});
	t.like(await driver.stat('copy', {}), {headers: {contentType: 'new/type'}, metadata: {c: 'é'}});
});

test('a large object is copied in parts, its headers and metadata set anew', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'a b+é/c', bytes, {headers, metadata: {a: 'b'}});
	const info = await copyInParts(server, driver);
	t.is(info.size, bytes.length);
	t.is(operations(server).filter(operation => operation === 'UploadPartCopy').length, 6);
	t.true(server.object('bucket', 'copy')!.content.equals(bytes));
	t.like(server.object('bucket', 'copy'), {headers, metadata: {a: 'b'}});
	t.deepEqual(server.uploads('bucket'), []);
});

test('a source at another revision is not copied', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'k', bytes);
	await t.throwsAsync(driver.copyFrom!(driver, 'k', 'copy', {pin: 'other'}), {code: 'SOURCE_CHANGED'});
	server.faults.add({operation: 'CopyObject', onRequest: () => server.store('bucket', 'k', Buffer.from('new'))});
	await t.throwsAsync(driver.copyFrom!(driver, 'k', 'copy', {}), {code: 'SOURCE_CHANGED'});
	t.deepEqual(server.objects('bucket'), ['k']);
});

test('a source that is replaced between parts is not copied, and nothing is left', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'a b+é/c', bytes);
	server.faults.add({operation: 'UploadPartCopy', skip: 3, onRequest: () => server.store('bucket', 'a b+é/c', content(50_001, 9))});
	await t.throwsAsync(copyInParts(server, driver), {code: 'SOURCE_CHANGED'});
	t.deepEqual(server.objects('bucket'), ['a b+é/c']);
	t.deepEqual(server.uploads('bucket'), []);
});

test('a 200 that hides an error is no success', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'a b+é/c', bytes);
	server.faults.add({operation: 'CopyObject', okWithError: {code: 'InternalError'}});
	t.like(await t.throwsAsync(driver.copyFrom!(driver, 'a b+é/c', 'copy', {})), {code: 'UNAVAILABLE', retry: 'transient'});
	server.faults.add({operation: 'UploadPartCopy', skip: 2, okWithError: {code: 'SlowDown'}});
	t.like(await t.throwsAsync(copyInParts(server, driver)), {code: 'RATE_LIMITED'});
	t.deepEqual(server.objects('bucket'), ['a b+é/c']);
	t.deepEqual(server.uploads('bucket'), []);
});

test('a missing source, and a condition on the target, fail by name', async t => {
	const {server, driver} = await open(t);
	await t.throwsAsync(driver.copyFrom!(driver, 'none', 'copy', {}), {code: 'NOT_FOUND'});
	for (const size of [0, 100]) {
		server.store('bucket', 'k', bytes.subarray(0, size));
		await driver.copyFrom!(driver, 'k', `copy-${size}`, {condition: {absent: true}});
		server.store('bucket', 'k', Buffer.from('new'));
		await t.throwsAsync(driver.copyFrom!(driver, 'k', `copy-${size}`, {condition: {absent: true}}), {code: 'ALREADY_EXISTS'});
		t.is(server.object('bucket', `copy-${size}`)!.content.length, size);
	}

	t.deepEqual(server.uploads('bucket'), []);
});

test('a server that does not keep to conditions is not asked to copy on one', async t => {
	const {server, driver} = await open(t, {conditionalWrites: 'ignore'});
	for (const size of [0, 100]) {
		server.store('bucket', 'k', bytes.subarray(0, size));
		await t.throwsAsync(driver.copyFrom!(driver, 'k', 'copy', {condition: {absent: true}}), {code: 'UNSUPPORTED'});
	}

	t.deepEqual(server.objects('bucket'), ['k']);
});

test('a server that never matches its own ETag copies all the same, the source held to it by us', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'k', bytes);
	server.faults.add({operation: 'CopyObject', status: 412, code: 'PreconditionFailed'});
	t.is((await driver.copyFrom!(driver, 'k', 'copy', {})).size, bytes.length);
	t.is(server.requests.at(-2)!.headers['x-amz-copy-source-if-match'], undefined);
	t.deepEqual(operations(server), ['HeadObject', 'CopyObject', 'HeadObject', 'CopyObject', 'HeadObject']);
});

test('an abort stops the parts, waits for them and leaves nothing', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'a b+é/c', bytes);
	const controller = new AbortController();
	server.faults.add({operation: 'UploadPartCopy', skip: 2, onRequest: () => controller.abort(new Error('why'))});
	t.like(await t.throwsAsync(copyInParts(server, driver, {signal: controller.signal})), {code: 'CANCELLED', cause: {message: 'why'}});
	t.deepEqual(server.uploads('bucket'), []);
});

test('only buckets of the same service and account can be copied from', async t => {
	const {server, driver} = await open(t, {buckets: ['bucket', 'other']});
	const [same, account, place] = [
		driverOf(server, {bucket: 'other'}),
		driverOf(server, {user: 'somebody-else'}),
		driverOf(server, {endpoint: 'http://127.0.0.1:1'}),
	];
	t.true(driver.canCopyFrom!(same));
	t.true(driver.canCopyFrom!(driver));
	t.false(driver.canCopyFrom!(account));
	t.false(driver.canCopyFrom!(place));
	t.false(driver.canCopyFrom!({...driver}));
});
