import {Buffer} from 'node:buffer';
import test from 'ava';
import type {Body} from '../../../source/contract/index.ts';
import {framedBody} from '../../../source/providers/s3/bodies.ts';
import {crc32c} from '../../../source/streams/index.ts';
import {KIB, MIB} from '../../../source/utils/sizes.ts';
import {bodyOf, content, driverOf, open, operations, read, streamed, upload} from './lab.ts';

const trailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const payloads = (server: {requests: readonly {operation: string; headers: Readonly<Record<string, string>>}[]}) =>
	server.requests
		.filter(({operation}) => operation === 'PutObject' || operation === 'UploadPart')
		.map(({headers}) => headers['x-amz-content-sha256']);

for (const size of [1, 15, 16, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 17]) {
	test(`a framed body of ${size} bytes is as long as announced, and can be sent again`, async t => {
		const bytes = Buffer.alloc(size, 'x');
		const framed = framedBody(streamed(bytes, 100_000));
		for (let round = 0; round < 2; round++) {
			const pieces: Buffer[] = [];
			await framed.send(chunk => {
				pieces.push(Buffer.from(chunk));
			});
			const sent = Buffer.concat(pieces);
			t.is(sent.length, framed.size);
			t.true(sent.subarray(-2).equals(Buffer.from('\r\n')));
		}
	});
}

test('framing hands chunks on as they are, without a copy', async t => {
	const chunk = Buffer.alloc(256 * KIB);
	const body: Body = {
		size: 4 * chunk.length,
		crc32c: () => 0,
		async send(write) {
			for (let count = 0; count < 4; count++) {
				await write(chunk);
			}
		},
	};
	let same = 0;
	await framedBody(body).send(given => {
		same += Number(given === chunk);
	});
	t.is(same, 4);
});

test('a body that fails fails its framing with the same error', async t => {
	const failure = new Error('source broke');
	const framed = framedBody({size: 5, crc32c: () => undefined, send: async () => Promise.reject(failure)});
	t.is(await t.throwsAsync(framed.send(() => undefined)), failure);
});

test('a sum that is known goes in a header, one that is not in a trailer', async t => {
	const {server, driver} = await open(t);
	const bytes = content(2 * MIB + 5);
	const known = await driver.put('known', bodyOf(bytes), {});
	const later = await driver.put('later', streamed(bytes), {headers: {contentEncoding: 'gzip'}});
	t.deepEqual(payloads(server), ['UNSIGNED-PAYLOAD', trailer]);
	t.is(known.checksums.crc32c, crc32c(bytes));
	t.is(later.checksums.crc32c, crc32c(bytes));
	for (const key of ['known', 'later']) {
		t.true(server.object('bucket', key)!.content.equals(bytes));
		t.is((await driver.stat(key, {})).checksums.crc32c, crc32c(bytes));
	}

	t.is(server.object('bucket', 'later')!.headers['content-encoding'], 'gzip');
});

for (const [name, make] of [
	['header', (bytes: Buffer): Body => ({...bodyOf(bytes), crc32c: () => 1})],
	[
		'trailer',
		(bytes: Buffer): Body => {
			const body = streamed(bytes);
			return {size: body.size, send: body.send, crc32c: () => (body.crc32c() === undefined ? undefined : 1)};
		},
	],
] as const) {
	test(`bytes that do not match the sum in the ${name} are refused, and nothing is stored`, async t => {
		const {server, driver} = await open(t);
		await t.throwsAsync(driver.put('k', make(content(100)), {}), {code: 'CHECKSUM_MISMATCH'});
		t.deepEqual(server.objects('bucket'), []);
	});
}

for (const trailers of ['refuse-400', 'refuse-501'] as const) {
	test(`a server that refuses trailers (${trailers}) gets the body again without, and no other trailer, for any bucket`, async t => {
		const {server, driver} = await open(t, {trailers, buckets: ['bucket', 'other']});
		const bytes = content(50_000);
		await driver.put('a', streamed(bytes), {});
		t.deepEqual(payloads(server), [trailer, 'UNSIGNED-PAYLOAD']);
		t.true((await read(driver, 'a')).equals(bytes));
		server.forget();

		const other = driverOf(server, {bucket: 'other'});
		t.teardown(async () => other.close());
		await driver.put('b', streamed(bytes), {});
		await other.put('c', streamed(bytes), {});
		t.deepEqual(payloads(server), ['UNSIGNED-PAYLOAD', 'UNSIGNED-PAYLOAD']);
	});

	test(`many first bodies at once all get through (${trailers})`, async t => {
		const {server, driver} = await open(t, {trailers});
		const bodies = Array.from({length: 20}, (_, index) => content(30_000, index));
		await Promise.all(bodies.map(async (bytes, index) => driver.put(`k${index}`, streamed(bytes), {})));
		for (const [index, bytes] of bodies.entries()) {
			t.true(server.object('bucket', `k${index}`)!.content.equals(bytes));
		}
	});

	test(`parts of an upload get through (${trailers})`, async t => {
		const {server, driver} = await open(t, {trailers, checksums: false});
		const parts = [content(10_000, 1), content(10_000, 2), content(5, 3)];
		const {complete} = await upload(driver, 'k', parts);
		const info = await complete();
		t.is(info.size, 20_005);
		t.true(server.object('bucket', 'k')!.content.equals(Buffer.concat(parts)));
		// No checksum was asked for with the upload, so its parts have none.
		t.false(payloads(server).includes(trailer));
	});
}

test('a server that takes the framing but not the sum is not trusted with it again', async t => {
	const {server, driver} = await open(t, {checksums: false});
	const bytes = content(50_000);
	await driver.put('a', streamed(bytes), {});
	await driver.put('b', streamed(bytes), {});
	t.deepEqual(payloads(server), [trailer, 'UNSIGNED-PAYLOAD', 'UNSIGNED-PAYLOAD']);
	t.true(server.object('bucket', 'a')!.content.equals(bytes));
});

test('a refusal for another reason is not taken for one of trailers', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'PutObject', status: 403, code: 'AccessDenied'});
	await t.throwsAsync(driver.put('a', streamed(content(100)), {}), {code: 'PERMISSION_DENIED'});
	server.faults.add({operation: 'PutObject', times: 2, status: 501, code: 'NotImplemented'});
	await t.throwsAsync(driver.put('a', streamed(content(100)), {}), {code: 'UNSUPPORTED'});
	await driver.put('a', streamed(content(100)), {});
	t.is(payloads(server).at(-1), trailer);
});

test('once trailers have worked, a mismatch is a mismatch', async t => {
	const {server, driver} = await open(t);
	await driver.put('a', streamed(content(100)), {});
	server.faults.add({operation: 'PutObject', status: 400, code: 'XAmzContentSHA256Mismatch'});
	await t.throwsAsync(driver.put('b', streamed(content(100)), {}), {code: 'CHECKSUM_MISMATCH'});
	t.is(server.objects('bucket').length, 1);
});

test('an empty body needs no trailer', async t => {
	const {server, driver} = await open(t);
	const info = await driver.put('empty', streamed(Buffer.alloc(0)), {});
	t.is(info.checksums.crc32c, 0);
	t.deepEqual(payloads(server), ['UNSIGNED-PAYLOAD']);
	t.is((await read(driver, 'empty')).length, 0);
	t.deepEqual(operations(server), ['PutObject', 'GetObject']);
});

test('an answer with another sum than that of the bytes is an error', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'PutObject', responseHeaders: {'x-amz-checksum-crc32c': 'AAAAAQ=='}});
	await t.throwsAsync(driver.put('k', bodyOf(content(100)), {}), {code: 'CHECKSUM_MISMATCH'});
});
