import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {type Fault, type S3Server, startS3Server} from './index.ts';
import {sendSigned} from './send-signed.ts';

const content = randomBytes(3 * 1024 * 1024);

const start = async (options: Parameters<typeof startS3Server>[0] = {}): Promise<S3Server> => {
	const server = await startS3Server(options);
	server.store('bucket', 'a', content);
	return server;
};

const get = async (server: S3Server, headers: Record<string, string> = {}) =>
	sendSigned(server, {method: 'GET', path: '/bucket/a', headers});
const put = async (server: S3Server, body: Uint8Array | string = 'new') => sendSigned(server, {method: 'PUT', path: '/bucket/b', body});

for (const bytes of [0, 1, 65_536, content.length - 1, content.length]) {
	for (const [name, fault, failure] of [
		['resets', {resetAfterResponseBytes: bytes}, 'ECONNRESET'],
		['closes', {closeAfterResponseBytes: bytes}, bytes === content.length ? undefined : 'ECONNRESET'],
	] as const) {
		test(`${name} after exactly ${bytes} bytes of an answer`, async t => {
			await using server = await start();
			const handle = server.faults.add({operation: 'GetObject', ...fault});
			const answer = await get(server);

			t.is(answer.status, 200);
			t.is(answer.headers['content-length'], String(content.length));
			t.true(answer.body.equals(content.subarray(0, bytes)));
			t.is(answer.failure, bytes === content.length ? undefined : failure);
			t.is(handle.used, 1);
			t.true((await get(server)).body.equals(content));
		});
	}
}

test('resets over TLS too', async t => {
	const folder = mkdtempSync(path.join(tmpdir(), 's3-double-'));
	t.teardown(() => {
		rmSync(folder, {recursive: true});
	});
	const [key, cert] = ['key.pem', 'cert.pem'].map(name => path.join(folder, name)) as [string, string];
	const flags = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
	execFileSync('openssl', ['req', ...flags, '-keyout', key, '-out', cert], {stdio: 'ignore'});
	await using server = await start({tls: {key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8')}});
	server.faults.add({resetAfterResponseBytes: 1000});
	const broken = await get(server);

	t.is(broken.failure, 'ECONNRESET');
	t.true(broken.body.equals(content.subarray(0, 1000)));
	t.true((await get(server)).body.equals(content));
	t.deepEqual(
		server.requests.map(({connection}) => connection),
		[1, 2],
	);
});

test('stalls an answer after exactly so many bytes, or altogether', async t => {
	await using server = await start();
	server.faults.add({stallAfterResponseBytes: 5000});
	server.faults.add({operation: 'HeadObject', stall: true});
	const partial = get(server);
	const silent = sendSigned(server, {method: 'HEAD', path: '/bucket/a'});

	while (server.requests[0]?.status === undefined || server.requests.length < 2) {
		await new Promise(setImmediate);
	}

	await new Promise(resolve => {
		setTimeout(resolve, 50);
	});
	t.is(server.openSockets(), 2);
	await server.close();
	t.is((await partial).body.length, 5000);
	t.is((await partial).failure, 'ECONNRESET');
	t.is((await silent).status, undefined);
	t.is(server.openSockets(), 0);
});

test('resets after exactly so many bytes of a request and stores nothing', async t => {
	await using server = await start();
	server.faults.add({operation: ['PutObject'], resetAfterRequestBytes: 70_001});

	t.regex((await put(server, content)).failure ?? '', /ECONNRESET|EPIPE/);
	t.is(server.requests[0]!.bytes, 70_001);
	t.is(server.requests[0]!.status, undefined);
	t.deepEqual(server.objects('bucket'), ['a']);
});

test('loses the answer after the work', async t => {
	await using server = await start();
	server.faults.add({loseAnswer: true});

	t.is((await put(server)).failure, 'ECONNRESET');
	t.deepEqual(server.objects('bucket'), ['a', 'b']);
});

const answers: ReadonlyArray<readonly [title: string, fault: Fault, status: number, body: RegExp]> = [
	['a code, with the status that belongs to it', {code: 'SlowDown'}, 503, /<Error><Code>SlowDown<.*<RequestId>/],
	['a status alone', {status: 502}, 502, /^$/],
	['a status with a body of any kind', {status: 500, body: '<html>'}, 500, /^<html>$/],
	['200 with an error in the body', {okWithError: {code: 'InternalError'}}, 200, /^<\?xml[^>]*>\n\s+<Error><Code>InternalError</],
	['200 with any body', {okWithBody: 'nonsense'}, 200, /^nonsense$/],
];

for (const [title, fault, status, body] of answers) {
	test(`answers ${title}`, async t => {
		await using server = await start();
		server.faults.add({...fault, headers: {'retry-after': '2'}, skip: 1, key: /^b$/});
		server.faults.add({...fault, operation: 'PutObject', workDone: true, skip: 1});

		t.is((await get(server)).status, 200);
		t.is((await put(server)).status, 200);
		server.faults.clear();
		server.faults.add(fault);
		const answer = await sendSigned(server, {method: 'PUT', path: '/bucket/c', body: 'x'});
		t.is(answer.status, status);
		t.regex(answer.body.toString(), body);
		t.is(server.object('bucket', 'c'), undefined);

		server.faults.add({...fault, workDone: true});
		t.is((await sendSigned(server, {method: 'PUT', path: '/bucket/c', body: 'x'})).status, status);
		t.truthy(server.object('bucket', 'c'));
	});
}

test('answers early, while the body is still to come', async t => {
	await using server = await start();
	server.faults.add({code: 'SlowDown', early: true, headers: {'retry-after': '2'}});
	const answer = await put(server, content);

	t.is(answer.status, 503);
	t.is(answer.headers['retry-after'], '2');
	t.is(answer.headers.connection, 'close');
	t.deepEqual(server.objects('bucket'), ['a']);
});

test('flips one byte of an answer, and one of a request before it is checked', async t => {
	await using server = await start();
	server.faults.add({operation: 'GetObject', flipResponseByte: 7});
	const {body} = await get(server);
	t.deepEqual(
		[...body.entries()].filter(([index, byte]) => byte !== content[index]).map(([index]) => index),
		[7],
	);
	t.true(server.object('bucket', 'a')!.content.equals(content));

	server.faults.add({operation: 'PutObject', flipRequestByte: 0, times: 2});
	t.is((await put(server)).status, 400);
	const unchecked = await sendSigned(server, {method: 'PUT', path: '/bucket/b', body: 'new', payloadHash: 'UNSIGNED-PAYLOAD'});
	t.is(unchecked.status, 200);
	t.is(server.object('bucket', 'b')!.content.toString(), 'oew');
});

test('changes headers, ignores ranges, waits, runs a hook and hands the socket over', async t => {
	await using server = await start();
	server.faults.add({responseHeaders: {etag: null, 'x-odd': 'yes', 'content-range': 'bytes 1-2/3'}});
	const odd = await get(server, {range: 'bytes=0-1'});
	t.is(odd.status, 206);
	t.is(odd.headers.etag, undefined);
	t.is(odd.headers['x-odd'], 'yes');
	t.is(odd.headers['content-range'], 'bytes 1-2/3');

	server.faults.add({ignoreRange: true});
	const whole = await get(server, {range: 'bytes=0-1'});
	t.is(whole.status, 200);
	t.is(whole.body.length, content.length);

	server.faults.add({delayMilliseconds: 50});
	const begun = performance.now();
	await get(server, {range: 'bytes=0-1'});
	t.true(performance.now() - begun >= 49);

	server.faults.add({onRequest: () => server.store('bucket', 'a', Buffer.from('other'))});
	t.is((await get(server)).body.toString(), 'other');

	server.faults.add({raw: socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')});
	t.is((await get(server)).body.toString(), 'hi');
});

test('counts only requests that match, in their order', async t => {
	await using server = await start();
	const other = server.faults.add({operation: 'HeadObject', code: 'SlowDown'});
	const handle = server.faults.add({key: /^a$/, code: 'SlowDown', skip: 1, times: 2});
	const statuses: Array<number | undefined> = [];

	for (let index = 0; index < 4; index++) {
		statuses.push((await get(server)).status);
	}

	t.deepEqual(statuses, [200, 503, 503, 200]);
	t.is(handle.used, 2);
	t.is(other.used, 0);
	t.deepEqual(
		server.requests.map(({operation, status, code}) => [operation, status, code]),
		[
			['GetObject', 200, undefined],
			['GetObject', 503, 'SlowDown'],
			['GetObject', 503, 'SlowDown'],
			['GetObject', 200, undefined],
		],
	);
});
