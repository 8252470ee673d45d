import {Buffer} from 'node:buffer';
import {Readable} from 'node:stream';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {Bucket, type WriteOptions} from '../../source/bucket/index.ts';
import {type ObjectInfo, SluiceError, type WriteCallOptions} from '../../source/contract/index.ts';
import {createMemoryBudget} from '../../source/streams/index.ts';
import {content, failsWith, stallingSource} from '../conformance/tools.ts';
import {fakeDriver, fakeInfo, gate, loggingDriver, swallow} from './fake-driver.ts';

/** A bucket that notes what a write was told. */
const noting = (capabilities: Parameters<typeof fakeDriver>[0] = {}) => {
	const noted: WriteCallOptions[] = [];
	const driver = fakeDriver({
		async put(_key, body, options) {
			noted.push(options);
			await swallow(body);
			return fakeInfo(body.size);
		},
		...capabilities,
	});
	return {bucket: new Bucket(driver, {name: 'b'}), noted};
};

test('metadata names are written in lower case, without a prototype', async t => {
	const {bucket, noted} = noting();
	await bucket.put('a', 'x', {metadata: {Color: 'Blue'}});
	t.deepEqual({...noted[0]?.metadata}, {color: 'Blue'});
	t.is(Object.getPrototypeOf(noted[0]?.metadata), null);
});

test('headers that the provider does not keep are refused by name', async t => {
	const {bucket, noted} = noting({capabilities: {contentHeaders: false, metadataMaximum: 0}});
	t.regex((await failsWith(t, bucket.put('a', 'x', {cacheControl: 'no-store'}), 'UNSUPPORTED')).message, /contentHeaders/);
	t.regex((await failsWith(t, bucket.put('a', 'x', {metadata: {a: 'b'}}), 'UNSUPPORTED')).message, /metadata/);
	await bucket.put('a', 'x', {contentType: 'text/plain'});
	t.deepEqual(noted[0]?.headers, {contentType: 'text/plain'});
});

test('arguments are checked before any request', async t => {
	const {bucket, noted} = noting();
	const refused: readonly WriteOptions[] = [
		{partSize: 0},
		{partSize: '8 miles'},
		{partSize: -1},
		{concurrency: 0},
		{concurrency: 1.5},
		{size: -1},
		{size: Number.NaN},
		{metadata: {'': 'x'}},
		{metadata: {a: ' x'}},
		{metadata: {a: '\uD800'}},
		{contentType: ''},
		{storageClass: 'a b'},
		{condition: {absent: true, revision: 'r'}},
	];
	for (const options of refused) {
		await failsWith(t, bucket.put('a', 'x', options), 'INVALID_ARGUMENT');
	}

	for (const range of [{start: -1}, {start: 0.5}, {start: 5, end: 4}, {end: Number.POSITIVE_INFINITY}]) {
		await failsWith(t, bucket.bytes('a', range), 'INVALID_ARGUMENT');
	}

	for (const expiresSeconds of [0, 604_801, 1.5]) {
		await failsWith(t, bucket.sign('a', {expiresSeconds}), 'INVALID_ARGUMENT');
	}

	t.deepEqual(noted, []);
});

test('sizes can be given as text', async t => {
	const {driver, log} = loggingDriver();
	const bucket = new Bucket(driver);
	await bucket.put('a', Readable.from([content(3000)]), {partSize: '2KiB', size: '3kB'});
	t.deepEqual(log, ['begin', 'part 1 2048', 'part 2 952', 'complete 1,2 3000']);
});

test('missing verbs are refused by name', async t => {
	const {bucket} = noting();
	t.regex((await failsWith(t, bucket.sign('a'), 'UNSUPPORTED')).message, /sign/);
	t.throws(() => bucket.uploads(), {code: 'UNSUPPORTED'});
	await failsWith(t, bucket.create(), 'UNSUPPORTED');
	await failsWith(t, bucket.removeUpload('token'), 'UNSUPPORTED');
	const whole = noting({capabilities: {read: {ranges: false, pin: false}}}).bucket;
	t.regex((await failsWith(t, whole.bytes('a', {start: 1}), 'UNSUPPORTED')).message, /read\.ranges/);
});

test('bytes refuses what is too large before it reads', async t => {
	const driver = fakeDriver({
		async read(_key, {onAnswer}) {
			onAnswer?.({info: fakeInfo(5000), start: 0, length: 5000});
			t.fail('bytes were read');
			return {info: fakeInfo(5000), start: 0, length: 5000};
		},
	});
	await failsWith(t, new Bucket(driver).bytes('a', {maximum: 4999}), 'LIMIT_EXCEEDED');
});

test('memory larger than a part goes to the own uploader of the provider, unless progress is asked for', async t => {
	const calls: unknown[] = [];
	const {driver, log} = loggingDriver(
		{},
		{
			async putWhole(_key, body, {partSize, concurrency, size}) {
				calls.push({body, partSize, concurrency, size});
				return fakeInfo(3000);
			},
		},
	);
	const bucket = new Bucket(driver);
	const [bytes, blob] = [content(3000), new Blob([content(3000)])];
	await bucket.put('a', bytes, {partSize: 1000});
	await bucket.put('a', blob, {partSize: 1000, concurrency: 2});
	t.deepEqual(calls, [
		{body: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), partSize: 1000, concurrency: 4, size: 3000},
		{body: blob, partSize: 1000, concurrency: 2, size: 3000},
	]);
	t.deepEqual(log, []);

	await bucket.put('a', bytes, {partSize: 1000, onProgress() {}});
	t.is(log.at(-1), 'complete 1,2,3 3000');
});

test('parts of bytes in memory are not copied', async t => {
	const bytes = content(3000);
	const {driver} = loggingDriver({
		async part({number, body}) {
			await body.send(chunk => {
				t.is(chunk.buffer, bytes.buffer);
			});
			return {number, size: body.size, crc32c: body.crc32c()!};
		},
	});
	t.is((await new Bucket(driver).put('a', bytes, {partSize: 1000})).size, 3000);
});

test('parts of bytes in memory stay within the concurrency', async t => {
	let [running, most] = [0, 0];
	const {driver} = loggingDriver({
		async part({number, body}) {
			most = Math.max(most, ++running);
			await setImmediate();
			running--;
			return {number, size: body.size, crc32c: body.crc32c()!};
		},
	});
	await new Bucket(driver).put('a', content(3000), {partSize: 100, concurrency: 3});
	t.is(most, 3);
});

test('bytes in memory whose declared size is another one are refused', async t => {
	const {bucket, noted} = noting();
	await failsWith(t, bucket.put('a', 'abc', {size: 4}), 'SOURCE_SHORT');
	await failsWith(t, bucket.put('a', new Blob(['abc']), {size: 2}), 'SOURCE_LONG');
	t.deepEqual(noted, []);
});

/** Every kind of source that can be silent, and whether it was stopped. */
const silentSources = {
	'Node.js stream': () => {
		const source = stallingSource(content(150));
		return {source, isStopped: () => source.destroyed};
	},
	'web stream': () => {
		let isStopped = false;
		const source = new ReadableStream<Uint8Array>({
			start: controller => controller.enqueue(content(150)),
			cancel() {
				isStopped = true;
			},
		});
		return {source: source as import('node:stream/web').ReadableStream<Uint8Array>, isStopped: () => isStopped};
	},
	'async iterable': () => {
		let isStopped = false;
		const chunks = [content(150)];
		const iterator: AsyncIterator<Uint8Array> = {
			next: async () => (chunks.length > 0 ? {done: false, value: chunks.pop()!} : gate<never>().promise),
			async return() {
				isStopped = true;
				return {done: true, value: undefined};
			},
		};
		return {source: {[Symbol.asyncIterator]: () => iterator}, isStopped: () => isStopped};
	},
};

for (const [name, make] of Object.entries(silentSources)) {
	test(`put stops a silent ${name} when a part fails, and has cleaned up`, async t => {
		const {driver, log} = loggingDriver({
			async part() {
				throw new SluiceError('PERMISSION_DENIED', 'no');
			},
		});
		const budget = createMemoryBudget(1000);
		const {source, isStopped} = make();
		await failsWith(t, new Bucket(driver, {budget}).put('a', source, {partSize: 100}), 'PERMISSION_DENIED');
		t.is(log.at(-1), 'abort');
		t.is(budget.used, 0);
		t.true(isStopped());
	});
}

test('put refuses what is no source, and chunks that are no bytes', async t => {
	const {bucket} = noting();
	await failsWith(t, bucket.put('a', 5 as unknown as string), 'INVALID_ARGUMENT');
	await failsWith(t, bucket.put('a', {} as unknown as string), 'INVALID_ARGUMENT');
	await failsWith(t, bucket.put('a', Readable.from([{}])), 'INVALID_ARGUMENT');
});

test('an error of onProgress fails the write and comes out as it is', async t => {
	const {driver, log} = loggingDriver();
	const error = new Error('progress broke');
	const onProgress = () => {
		throw error;
	};
	const put = new Bucket(driver).put('a', content(300), {partSize: 100, onProgress});
	t.is(await t.throwsAsync(put), error);
	t.is(log.at(-1), 'abort');
});

test('what is stored must be what was sent', async t => {
	const storing = (info: ObjectInfo) => new Bucket(fakeDriver({put: async () => info}));
	await failsWith(t, storing(fakeInfo(2)).put('a', 'abc'), 'SIZE_MISMATCH');
	await failsWith(t, storing(fakeInfo(3, {checksums: {crc32c: 1}})).put('a', 'abc'), 'CHECKSUM_MISMATCH');
});

test('keys to remove are taken from their source only as requests are free', async t => {
	const first = gate();
	let [taken, requests] = [0, 0];
	const driver = fakeDriver({
		async remove(keys) {
			requests++;
			await first.promise;
			return keys.map(key => ({key}));
		},
	});
	const keys = function* () {
		for (; taken < 100; taken++) {
			yield `k${taken}`;
		}
	};
	const removing = new Bucket(driver).removeMany(keys(), {concurrency: 2});
	await setImmediate();
	await setImmediate();
	t.is(requests, 2);
	t.true(taken <= 9, `${taken} keys were taken`);
	first.open();
	t.deepEqual(await removing, {removed: 100, failed: []});
	t.is(requests, 34);
});

test('a batch that fails is told key by key, and the others go on', async t => {
	let requests = 0;
	const driver = fakeDriver({
		async remove(keys) {
			if (++requests === 1) {
				throw new SluiceError('PERMISSION_DENIED', 'no');
			}

			return keys.map(key => ({key}));
		},
	});
	const {removed, failed} = await new Bucket(driver).removeMany(['a', 'b', 'c', 'd', 'd', ''], {concurrency: 1});
	t.is(removed, 1);
	t.deepEqual(failed.map(({key, error}) => [key, error.code]).toSorted(), [
		['', 'INVALID_KEY'],
		['a', 'PERMISSION_DENIED'],
		['b', 'PERMISSION_DENIED'],
		['c', 'PERMISSION_DENIED'],
	]);
});

test('a removal that is cancelled rejects once its requests are over', async t => {
	const controller = new AbortController();
	let isOver = false;
	const driver = fakeDriver({
		async remove(keys) {
			controller.abort();
			await setImmediate();
			isOver = true;
			return keys.map(key => ({key}));
		},
	});
	const removing = new Bucket(driver).removeMany(['a', 'b', 'c', 'd', 'e'], {signal: controller.signal, concurrency: 1});
	await failsWith(t, removing, 'CANCELLED');
	t.true(isOver);
});

test('leaving the scope of a bucket closes it', async t => {
	let isClosed = false;
	const driver = fakeDriver({
		async close() {
			isClosed = true;
		},
	});
	await new Bucket(driver)[Symbol.asyncDispose]();
	t.true(isClosed);
});

test('what a consumer returns that is no promise is not waited for', async t => {
	const driver = fakeDriver({
		async read(_key, {onAnswer}, consume) {
			const answer = {info: fakeInfo(2), start: 0, length: 2};
			onAnswer?.(answer);
			await consume(content(1));
			await consume(content(1));
			return answer;
		},
	});
	let received = 0;
	const count = (chunk: Uint8Array) => (received += chunk.length);
	await new Bucket(driver).read('a', {}, count as unknown as () => void);
	t.is(received, 2);
});

test('text in any view is written byte by byte', async t => {
	const {driver} = loggingDriver(
		{},
		{
			async put(_key, body) {
				const chunks: Buffer[] = [];
				await body.send(chunk => {
					chunks.push(Buffer.from(chunk));
				});
				t.deepEqual(Buffer.concat(chunks), Buffer.from([1, 0, 2, 0]));
				return fakeInfo(body.size);
			},
		},
	);
	const bucket = new Bucket(driver);
	await bucket.put('a', new Uint16Array([1, 2]));
	await bucket.put('a', new DataView(new Uint8Array([9, 1, 0, 2, 0, 9]).buffer, 1, 4));
});
