import {Buffer} from 'node:buffer';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import process from 'node:process';
import test from 'ava';
import {createDriver} from '../../../source/providers/s3/index.ts';
import {bodyOf, content, driverOf, open, operations, read, streamed} from './lab.ts';

const hostileKeys = [
	'/lead',
	'a b+c',
	'a//b',
	'a/../b',
	'./x',
	'../x',
	'.',
	'..',
	'trail/',
	'%2F%',
	'?versionId=1',
	'#',
	'q"<&>\'',
	"a b/+&%?#é/x//y;=@,$!*'()~",
	'\u0001\u001F',
	'line\nfeed\r',
	'\uFFFE',
	'日本/😀',
	'e\u0301',
	'\u00E9',
	'__proto__',
	'x'.repeat(1024),
];

test('keys of any kind are written, listed, read, signed for and removed as they are', async t => {
	const {server, driver} = await open(t);
	for (const [index, key] of hostileKeys.entries()) {
		await driver.put(key, bodyOf(Buffer.from(String(index))), {});
	}

	t.deepEqual(
		server.objects('bucket'),
		[...hostileKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
	);
	const {entries} = await driver.list({});
	t.deepEqual(
		entries.map(({key}) => key),
		[...server.objects('bucket')],
	);
	for (const [index, key] of hostileKeys.entries()) {
		t.is((await read(driver, key)).toString(), String(index), key);
		t.is((await driver.stat(key, {})).size, String(index).length, key);
	}

	const outcomes = await driver.remove(hostileKeys, {});
	t.deepEqual(
		outcomes.filter(({error}) => error !== undefined),
		[],
	);
	t.is(outcomes.length, hostileKeys.length);
	t.deepEqual(server.objects('bucket'), []);
});

test('a signed URL works with plain fetch, for a GET and for a PUT of the type named', async t => {
	const {server, driver} = await open(t);
	// `fetch` itself would resolve `..` and drop a fragment.
	const key = "dir/a b+é%?#&='()!*~";
	server.store('bucket', key, Buffer.from('hello'));
	const got = await fetch(await driver.sign!(key, {method: 'GET', expiresSeconds: 60}));
	t.is(got.status, 200);
	t.is(await got.text(), 'hello');

	const put = await driver.sign!('new', {method: 'PUT', expiresSeconds: 60, contentType: 'text/x'});
	t.is((await fetch(put, {method: 'PUT', body: 'a', headers: {'content-type': 'text/y'}})).status, 403);
	t.is((await fetch(put, {method: 'PUT', body: 'a', headers: {'content-type': 'text/x'}})).status, 200);
	t.is(server.object('bucket', 'new')!.content.toString(), 'a');
});

test('a signed URL is good for 1 second to 7 days, and makes no request', async t => {
	const {server, driver} = await open(t);
	for (const expiresSeconds of [0, -1, 1.5, 604_801, Number.NaN]) {
		await t.throwsAsync(driver.sign!('k', {method: 'GET', expiresSeconds}), {code: 'INVALID_ARGUMENT'});
	}

	t.true((await driver.sign!('k', {method: 'GET', expiresSeconds: 604_800})).includes('X-Amz-Expires=604800&'));
	t.is(server.requests.length, 0);
});

test('temporary keys sign their token, in headers and in URLs', async t => {
	const credentials = {accessKeyId: 'A', secretAccessKey: 's', sessionToken: 'token/+='};
	const {server, driver} = await open(t, {credentials}, {sessionToken: credentials.sessionToken});
	await driver.put('k', bodyOf(Buffer.from('x')), {});
	t.is((await fetch(await driver.sign!('k', {method: 'GET', expiresSeconds: 60}))).status, 200);
	const wrong = driverOf(server, {sessionToken: 'other'});
	t.teardown(async () => wrong.close());
	await t.throwsAsync(read(wrong, 'k'), {code: 'UNAUTHENTICATED', message: /InvalidToken/});
});

for (const [verb, call] of Object.entries({
	stat: async (driver: ReturnType<typeof createDriver>) => driver.stat('k', {}),
	read: async (driver: ReturnType<typeof createDriver>) => read(driver, 'k'),
	put: async (driver: ReturnType<typeof createDriver>) => driver.put('k', streamed(content(50_000)), {}),
	list: async (driver: ReturnType<typeof createDriver>) => driver.list({}),
})) {
	test(`${verb} learns another region once, and keeps to it`, async t => {
		const {server, driver} = await open(t, {region: 'eu-central-1'});
		server.store('bucket', 'k', Buffer.from('x'));
		await t.notThrowsAsync(call(driver));
		t.is(server.requests.length, 2);
		await call(driver);
		t.is(server.requests.length, 3);
		t.true((await driver.sign!('k', {method: 'GET', expiresSeconds: 1})).includes('eu-central-1'));
	});
}

test('many first requests at once all learn the region', async t => {
	const {driver} = await open(t, {region: 'eu-central-1'});
	await t.notThrowsAsync(Promise.all(Array.from({length: 20}, async (_, index) => driver.put(`k${index}`, bodyOf(Buffer.from('x')), {}))));
});

test('a server that changes its mind about the region is not followed for ever', async t => {
	const {server, driver} = await open(t);
	let count = 0;
	server.faults.add({
		times: 100,
		onRequest: () => {
			count++;
		},
		status: 400,
		code: 'AuthorizationHeaderMalformed',
		headers: {'x-amz-bucket-region': 'eu-west-9'},
	});
	await t.throwsAsync(driver.list({}), {code: 'UNAUTHENTICATED'});
	t.is(count, 1); // Signed for another region, it is refused before it meets the fault.
});

for (const status of [301, 302, 307, 308]) {
	test(`a ${status} to another host is not followed`, async t => {
		let isFollowed = false;
		const other = createServer((_, response) => {
			isFollowed = true;
			response.end();
		}).listen(0, '127.0.0.1');
		await once(other, 'listening');
		const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/bucket/k`;
		const {server, driver} = await open(t);
		t.teardown(() => other.close());
		server.faults.add({times: 10, status, headers: {location}, body: ''});
		await t.throwsAsync(driver.stat('k', {}), {code: 'REDIRECT_REFUSED'});
		await t.throwsAsync(driver.put('k', bodyOf(Buffer.from('x')), {}), {code: 'REDIRECT_REFUSED'});
		t.false(isFollowed);
	});
}

test('a region that is no host label is not believed', async t => {
	const {server, driver} = await open(t);
	server.faults.add({status: 301, headers: {'x-amz-bucket-region': 'evil.example/#'}, body: ''});
	await t.throwsAsync(driver.list({}), {code: 'REDIRECT_REFUSED'});
	t.is(server.requests.length, 1);
});

for (const hours of [-1, 1]) {
	test(`a clock that is ${hours} h off is mended once, for all requests to come`, async t => {
		const {server, driver} = await open(t, {clock: () => new Date(Date.now() + hours * 3_600_000)});
		server.store('bucket', 'k', Buffer.from('x'));
		t.is((await driver.stat('k', {})).size, 1);
		t.is(server.requests.length, 2);
		await driver.list({});
		t.is(server.requests.length, 3);
		t.is((await fetch(await driver.sign!('k', {method: 'GET', expiresSeconds: 60}))).status, 200);
	});
}

test('a clock that cannot be mended is an error with both times', async t => {
	const {server, driver} = await open(t);
	server.faults.add({times: 10, status: 403, code: 'RequestTimeTooSkewed'});
	await t.throwsAsync(driver.list({}), {code: 'CLOCK_SKEW', message: /here, .* there/});
	t.is(server.requests.length, 2);
});

test('without keys those of the environment are used', async t => {
	const {server} = await open(t);
	const {AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY} = process.env;
	process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
	process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey;
	const driver = driverOf(server, {user: undefined, key: undefined});
	t.teardown(async () => {
		await driver.close();
		for (const [name, value] of Object.entries({AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY})) {
			if (value === undefined) {
				delete process.env[name];
			} else {
				process.env[name] = value;
			}
		}
	});
	const created = await Promise.all(Array.from({length: 5}, async (_, index) => driver.put(`k${index}`, bodyOf(Buffer.from('x')), {})));
	t.is(created.length, 5);
});

test('a wrong secret is told apart from a missing right', async t => {
	const {server} = await open(t);
	const driver = driverOf(server, {key: 'wrong'});
	t.teardown(async () => driver.close());
	const error = await t.throwsAsync(driver.list({}), {code: 'UNAUTHENTICATED'});
	t.false(JSON.stringify(error).includes('wrong'));
	const right = driverOf(server);
	t.teardown(async () => right.close());
	server.faults.add({status: 403, code: 'AccessDenied'});
	await t.throwsAsync(right.list({}), {code: 'PERMISSION_DENIED'});
});

test('a bucket that is not there is told apart from an object', async t => {
	const {server, driver} = await open(t);
	const nowhere = driverOf(server, {bucket: 'nowhere'});
	t.teardown(async () => nowhere.close());
	await t.throwsAsync(read(driver, 'none'), {code: 'NOT_FOUND'});
	await t.throwsAsync(driver.stat('none', {}), {code: 'NOT_FOUND'});
	for (const call of [
		async () => read(nowhere, 'k'),
		async () => nowhere.list({}),
		async () => nowhere.put('k', bodyOf(Buffer.from('x')), {}),
		async () => nowhere.remove(['a', 'b'], {}),
	]) {
		await t.throwsAsync(call(), {code: 'BUCKET_NOT_FOUND'});
	}

	const [outcome] = await nowhere.remove(['a'], {});
	t.like(outcome!.error, {code: 'BUCKET_NOT_FOUND'});
	await nowhere.createBucket!({});
	await nowhere.createBucket!({});
	t.deepEqual((await nowhere.list({})).entries, []);
});

test('a read that is pinned notices another revision, even where the server ignores the condition', async t => {
	const {server, driver} = await open(t);
	server.store('bucket', 'k', Buffer.from('old'));
	const {revision} = await driver.stat('k', {});
	t.is((await read(driver, 'k', {pin: revision})).toString(), 'old');
	server.store('bucket', 'k', Buffer.from('new'));
	await t.throwsAsync(read(driver, 'k', {pin: revision}), {code: 'SOURCE_CHANGED'});
	server.faults.add({operation: 'GetObject', okWithBody: 'new', responseHeaders: {etag: '"another"', 'content-length': '3'}});
	await t.throwsAsync(read(driver, 'k', {pin: revision}), {code: 'SOURCE_CHANGED'});
});

test('headers and metadata come back with the object, `aws-chunked` does not', async t => {
	const {server, driver} = await open(t);
	const headers = {
		contentType: 'text/x',
		cacheControl: 'no-store',
		contentDisposition: 'attachment',
		contentEncoding: 'gzip',
		contentLanguage: 'de',
	};
	const info = await driver.put('k', streamed(content(20_000)), {
		headers,
		metadata: {a: 'b', c: 'é'},
	});
	t.deepEqual(info.headers, headers);
	t.is(server.object('bucket', 'k')!.headers['content-encoding'], 'gzip');
	const found = await driver.stat('k', {});
	t.deepEqual(found.headers, headers);
	t.deepEqual({...found.metadata}, {a: 'b', c: 'é'});
});

test('removal: 1000 keys by one request, those refused are named', async t => {
	const {server, driver} = await open(t);
	const keys = Array.from({length: 1000}, (_, index) => `k${index}&<>"'`);
	for (const key of keys) {
		server.store('bucket', key, Buffer.from('x'));
	}

	server.faults.add({operation: 'DeleteObjects', refuseKeys: {keys: /^k7\b/, code: 'AccessDenied'}});
	const outcomes = await driver.remove(keys, {});
	t.deepEqual(operations(server), ['DeleteObjects']);
	t.deepEqual(
		outcomes.filter(({error}) => error).map(({key}) => key),
		['k7&<>"\''],
	);
	t.like(outcomes.find(({error}) => error)!.error, {code: 'PERMISSION_DENIED', retry: 'never'});
	t.deepEqual(server.objects('bucket'), ['k7&<>"\'']);
	t.truthy(server.requests[0]!.headers['content-md5']);
});

test('removal: a key that the answer does not mention is not taken for removed', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'DeleteObjects', okWithBody: '<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>'});
	const outcomes = await driver.remove(['a', 'b'], {});
	t.is(outcomes[0]!.error, undefined);
	t.like(outcomes[1]!.error, {code: 'BAD_RESPONSE'});
});

test('removal: a server without DeleteObjects is asked key by key, from then on', async t => {
	const {server, driver} = await open(t);
	server.faults.add({operation: 'DeleteObjects', times: 100, status: 501, code: 'NotImplemented'});
	t.is((await driver.remove(['a', 'b', 'c'], {})).length, 3);
	t.deepEqual(operations(server), ['DeleteObjects', 'DeleteObject', 'DeleteObject', 'DeleteObject']);
	server.forget();
	await driver.remove(['a', 'b'], {});
	t.deepEqual(operations(server), ['DeleteObject', 'DeleteObject']);
});

test('pages: the limit, the token, the prefix and where to begin are honoured', async t => {
	const {server, driver} = await open(t);
	for (const key of ['a+1', 'a+2', 'a+3', 'b/1', 'b/2', 'c']) {
		server.store('bucket', key, Buffer.from('x'));
	}

	const first = await driver.list({limit: 2});
	t.deepEqual(
		first.entries.map(({key}) => key),
		['a+1', 'a+2'],
	);
	const second = await driver.list({limit: 2, token: first.next});
	t.deepEqual(
		second.entries.map(({key}) => key),
		['a+3', 'b/1'],
	);
	t.deepEqual(
		(await driver.list({prefix: 'a+', startAfter: 'a+2'})).entries.map(({key}) => key),
		['a+3'],
	);
	const folded = await driver.list({delimiter: '/'});
	t.deepEqual([folded.entries.map(({key}) => key), folded.prefixes], [['a+1', 'a+2', 'a+3', 'c'], ['b/']]);
});

test('the body of a failed read is not given to the consumer', async t => {
	const {server, driver} = await open(t);
	server.faults.add({status: 500, code: 'InternalError'});
	const chunks: Uint8Array[] = [];
	const call = driver.read('k', {}, chunk => {
		chunks.push(chunk);
	});
	await t.throwsAsync(call, {code: 'UNAVAILABLE'});
	t.deepEqual(chunks, []);
});

test('with `checksums: off` none is sent or asked for', async t => {
	const {server, driver} = await open(t, {}, {checksums: 'off'});
	await driver.put('a', bodyOf(Buffer.from('x')), {});
	await driver.put('b', streamed(content(50_000)), {});
	const session = await driver.begin!('c', {});
	await session.part({number: 1, offset: 0, body: streamed(content(100))}, {});
	await session.abort({});
	await driver.stat('a', {});
	await read(driver, 'a');
	for (const {headers} of server.requests) {
		t.deepEqual(
			Object.keys(headers).filter(name => name.includes('checksum') || name.includes('trailer')),
			[],
		);
	}
});

test('the bucket may stand in the host name', async t => {
	// Nothing but this machine answers to `bucket.localhost`, and not every resolver knows it.
	const {server} = await open(t, {virtualHost: 'localhost'});
	const endpoint = server.endpoint.replace('127.0.0.1', 'localhost');
	const url = new URL(
		await createDriver({
			name: 'x',
			type: 's3',
			bucket: 'bucket',
			endpoint,
			user: server.accessKeyId,
			key: server.secretAccessKey,
			pathStyle: false,
		}).sign!('a b', {method: 'GET', expiresSeconds: 60}),
	);
	t.is(url.host, `bucket.localhost:${url.port}`);
	t.is(url.pathname, '/a%20b');
	server.store('bucket', 'a b', Buffer.from('x'));
	const answer = await new Promise<number | undefined>((resolve, reject) => {
		import('node:http').then(({get}) => {
			get(url, {lookup: (_, __, callback) => callback(null, [{address: '127.0.0.1', family: 4}])}, response => {
				response.resume();
				resolve(response.statusCode);
			}).on('error', reject);
		}, reject);
	});
	t.is(answer, 200);
});
