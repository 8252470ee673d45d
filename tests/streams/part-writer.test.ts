import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import type {PartReceipt} from '../../source/contract/index.ts';
import {SluiceError} from '../../source/contract/index.ts';
import {crc32c, createMemoryBudget, createPartWriter, type PartWriter, writeTo} from '../../source/streams/index.ts';
import {fakeDriver, fakeInfo, gate, loggingDriver, swallow} from '../bucket/fake-driver.ts';
import {content} from '../conformance/tools.ts';

const partSize = 100;

const setUp = (session: Parameters<typeof loggingDriver>[0] = {}, options: Partial<Parameters<typeof createPartWriter>[0]> = {}) => {
	const {driver, log} = loggingDriver(session);
	const budget = createMemoryBudget(1000);
	const writer = createPartWriter({driver, key: 'key', budget, partSize, concurrency: 2, ...options});
	return {driver, log, budget, writer};
};

/** Writes bytes as long as there is room at once; says how many. */
const fillUp = (writer: PartWriter, count: number): number => {
	let written = 0;
	while (written < count) {
		const space = writer.space();
		if (space instanceof Promise) {
			space.catch(() => {});
			return written;
		}

		const length = Math.min(space.length, count - written);
		space.fill(1, 0, length);
		writer.filled(length);
		written += length;
	}

	return written;
};

for (const [size, expected] of [
	[0, ['put 0']],
	[99, ['put 99']],
	[100, ['put 100']],
	[101, ['begin', 'part 1 100', 'part 2 1', 'complete 1,2 101']],
	[200, ['begin', 'part 1 100', 'part 2 100', 'complete 1,2 200']],
] as const) {
	test(`${size} bytes with parts of 100 are sent as ${expected.join(', ')}`, async t => {
		const {writer, log, budget} = setUp();
		await writeTo(writer, content(size));
		t.is((await writer.finish()).size, size);
		t.deepEqual(log, [...expected]);
		t.is(budget.used, 0);
	});

	test(`${size} declared bytes with parts of 100 are sent the same way`, async t => {
		const {writer, log, budget} = setUp({}, {size});
		await writeTo(writer, content(size));
		await writer.finish();
		t.deepEqual(log, [...expected]);
		t.is(budget.used, 0);
	});
}

test('what fits a part but no single request is an upload of one part', async t => {
	const {driver, log} = loggingDriver({}, {capabilities: {putMaximum: 50}});
	const writer = createPartWriter({driver, key: 'key', budget: createMemoryBudget(1000), partSize});
	await writeTo(writer, content(60));
	await writer.finish();
	t.deepEqual(log, ['begin', 'part 1 60', 'complete 1 60']);
});

test('without parts the whole object is one request, and a longer one is refused', async t => {
	const driver = fakeDriver({
		capabilities: {parts: undefined},
		async put(_key, body) {
			await swallow(body);
			return fakeInfo(body.size);
		},
	});
	const options = {driver, key: 'key', partSize, budget: createMemoryBudget(1000)};
	const fitting = createPartWriter(options);
	await writeTo(fitting, content(100));
	t.is((await fitting.finish()).size, 100);

	const tooLong = createPartWriter(options);
	await t.throwsAsync(
		async () => {
			await writeTo(tooLong, content(102));
		},
		{code: 'INVALID_ARGUMENT', message: /give `size`/},
	);
	await tooLong.abort();
	t.is(options.budget.used, 0);

	t.throws(() => createPartWriter({...options, size: 1001}), {code: 'INVALID_ARGUMENT', message: /raise `memory`/});
	const small = fakeDriver({capabilities: {parts: undefined, putMaximum: 500}});
	t.throws(() => createPartWriter({...options, driver: small, size: 501}), {code: 'INVALID_ARGUMENT', message: /one request/});
});

test('offsets, sizes and sums of the parts and the whole are told to the provider', async t => {
	const bytes = content(250);
	const offsets: number[] = [];
	let whole: unknown;
	const {writer} = setUp({
		async part({number, offset, body}): Promise<PartReceipt> {
			offsets.push(offset);
			t.is(body.crc32c(), crc32c(bytes.subarray(offset, offset + body.size)));
			await swallow(body);
			return {number, size: body.size, crc32c: body.crc32c()!};
		},
		async complete(_parts, {size, crc32c: sum}) {
			whole = {size, sum};
			return fakeInfo(size, {checksums: {crc32c: sum}});
		},
	});
	await writeTo(writer, bytes);
	await writer.finish();
	t.deepEqual(offsets, [0, 100, 200]);
	t.deepEqual(whole, {size: 250, sum: crc32c(bytes)});
});

test('no more than the allowed parts are in flight, and one more is filled', async t => {
	const parts = gate();
	const {writer, budget, log} = setUp({
		async part({number, body}) {
			log.push(`part ${number}`);
			await parts.promise;
			return {number, size: body.size, crc32c: body.crc32c()!};
		},
	});
	t.is(fillUp(writer, 10_000), 300);
	await setImmediate();
	t.deepEqual(log, ['begin', 'part 1', 'part 2']);
	t.is(budget.used, 300);
	parts.open();
	await writer.abort();
	t.is(budget.used, 0);
});

test('space is there at once while buffers are free', async t => {
	const {writer} = setUp();
	t.is(fillUp(writer, 300), 300);
	await writer.abort();
});

test('a buffer is given back when its request has settled, not before', async t => {
	const part = gate();
	const {writer, budget} = setUp({
		async part({number, body}) {
			await part.promise;
			return {number, size: body.size, crc32c: body.crc32c()!};
		},
	});
	fillUp(writer, 150);
	await setImmediate();
	const aborted = writer.abort();
	await setImmediate();
	t.is(budget.used, 100);
	part.open();
	await aborted;
	t.is(budget.used, 0);
});

test('a part that fails while the source is silent fails the upload at once', async t => {
	const broken = new SluiceError('PERMISSION_DENIED', 'no');
	const {writer, log} = setUp({
		async part() {
			throw broken;
		},
	});
	fillUp(writer, 150);
	const reason = await new Promise(resolve => {
		writer.signal.addEventListener('abort', () => resolve(writer.signal.reason), {once: true});
	});
	t.is(reason, broken);
	await writer.abort();
	t.deepEqual(log, ['begin', 'abort']);
	t.is(await t.throwsAsync(async () => writer.space()), broken);
	t.is(await t.throwsAsync(writer.finish()), broken);
});

test('the session is aborted when all parts have settled, and they are told to hurry', async t => {
	const slow = gate();
	const {writer, log} = setUp({
		async part({number}, {signal}) {
			if (number === 2) {
				throw new SluiceError('PERMISSION_DENIED', 'no');
			}

			signal!.addEventListener('abort', () => log.push('part 1 told'));
			await slow.promise;
			log.push('part 1 settled');
			throw new Error('aborted');
		},
	});
	fillUp(writer, 250);
	const finished = t.throwsAsync(writer.finish(), {code: 'PERMISSION_DENIED'});
	await setImmediate();
	t.deepEqual(log, ['begin', 'part 1 told']);
	slow.open();
	await finished;
	t.deepEqual(log, ['begin', 'part 1 told', 'part 1 settled', 'abort']);
});

test('parts that wait for a slot are not sent after a failure', async t => {
	const first = gate();
	const {writer, log} = setUp(
		{
			async part({number}) {
				log.push(`part ${number}`);
				await first.promise;
				throw new SluiceError('PERMISSION_DENIED', 'no');
			},
		},
		{concurrency: 1},
	);
	t.is(fillUp(writer, 200), 200);
	const finished = t.throwsAsync(writer.finish(), {code: 'PERMISSION_DENIED'});
	first.open();
	await finished;
	t.deepEqual(log, ['begin', 'part 1', 'abort']);
});

test('an upload that cannot be aborted is named by the error', async t => {
	const {writer} = setUp({
		async part() {
			throw new SluiceError('PERMISSION_DENIED', 'no');
		},
		async abort() {
			throw new SluiceError('UNAVAILABLE', 'not now');
		},
	});
	await writeTo(writer, content(150));
	t.like(await t.throwsAsync(writer.finish()), {code: 'PERMISSION_DENIED', leftover: 'token'});
});

test('an error of the caller names what is left behind too', async t => {
	const {writer} = setUp({
		async abort() {
			throw new SluiceError('UNAVAILABLE', 'not now');
		},
	});
	fillUp(writer, 150);
	await setImmediate();
	const error: Error & {leftover?: string} = new Error('source broke');
	await writer.abort(error);
	t.is(error.leftover, 'token');
});

test('a beginning that fails leaves nothing to abort', async t => {
	const {driver, log} = loggingDriver(
		{},
		{
			async begin() {
				throw new SluiceError('PERMISSION_DENIED', 'no');
			},
		},
	);
	const budget = createMemoryBudget(1000);
	const writer = createPartWriter({driver, key: 'key', budget, partSize});
	fillUp(writer, 150);
	await t.throwsAsync(writer.finish(), {code: 'PERMISSION_DENIED'});
	t.deepEqual(log, []);
	t.is(budget.used, 0);
});

test('a failed completion is cleaned up before finish rejects', async t => {
	const {writer, log, budget} = setUp({
		async complete() {
			throw new SluiceError('UNAVAILABLE', 'not now');
		},
	});
	await writeTo(writer, content(250));
	await t.throwsAsync(writer.finish(), {code: 'UNAVAILABLE'});
	t.is(log.at(-1), 'abort');
	t.is(budget.used, 0);
});

test('an upload that is given up during its completion is not aborted once it was committed', async t => {
	const completing = gate();
	const {writer, log} = setUp({
		async complete(_parts, {size}) {
			await completing.promise;
			return fakeInfo(size);
		},
	});
	await writeTo(writer, content(150));
	const finished = writer.finish();
	await setImmediate();
	const aborted = writer.abort();
	completing.open();
	await aborted;
	t.is((await finished).size, 150);
	t.false(log.includes('abort'));
});

test('a source that is short of its size stores nothing', async t => {
	const {writer, log} = setUp({}, {size: 250});
	await writeTo(writer, content(249));
	await t.throwsAsync(writer.finish(), {code: 'SOURCE_SHORT'});
	t.deepEqual(log.slice(-1), ['abort']);
});

test('a source that goes on past its size stores nothing and takes no further buffer', async t => {
	const {writer, budget} = setUp({}, {size: 100});
	await writeTo(writer, content(100));
	t.is((writer.space() as Uint8Array).length, 1);
	t.is(budget.used, 100);
	await t.throwsAsync(async () => writeTo(writer, content(2)), {code: 'SOURCE_LONG'});
	await writer.abort();
	t.is(budget.used, 0);
});

test('a stored object of another size or sum is an error', async t => {
	const shorter = setUp({complete: async (_parts, {size}) => fakeInfo(size - 1)}).writer;
	await writeTo(shorter, content(150));
	await t.throwsAsync(shorter.finish(), {code: 'SIZE_MISMATCH'});

	const other = setUp({complete: async (_parts, {size}) => fakeInfo(size, {checksums: {crc32c: 1}})}).writer;
	await writeTo(other, content(150));
	await t.throwsAsync(other.finish(), {code: 'CHECKSUM_MISMATCH'});
});

test('writers that share too little memory for all of them get on one after the other', async t => {
	const budget = createMemoryBudget(300);
	const all = Array.from({length: 5}, () => setUp({}, {budget}));
	await Promise.all(
		all.map(async ({writer}) => {
			await writeTo(writer, content(1050));
			await writer.finish();
		}),
	);
	t.true(all.every(({log}) => log.at(-1)?.endsWith(' 1050')));
	t.is(budget.used, 0);
});

test('a writer whose signal is aborted while it waits for memory rejects and has left the queue', async t => {
	const budget = createMemoryBudget(200);
	const taken = await budget.acquire(200);
	const controller = new AbortController();
	const {writer} = setUp({}, {budget, signal: controller.signal});
	const space = t.throwsAsync(async () => writer.space(), {code: 'CANCELLED'});
	controller.abort();
	await space;
	await writer.abort();
	budget.release(taken);
	t.is(budget.used, 0);
});

test('the signal has no listener left when the upload is over', async t => {
	const {signal} = new AbortController();
	let listeners = 0;
	const counted = new Proxy(signal, {
		get(target, name) {
			if (name === 'addEventListener') {
				listeners++;
			}

			if (name === 'removeEventListener') {
				listeners--;
			}

			const value = Reflect.get(target, name);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
	const finished = setUp({}, {signal: counted}).writer;
	await finished.finish();
	t.is(listeners, 0);
	const aborted = setUp({}, {signal: counted}).writer;
	await aborted.abort();
	t.is(listeners, 0);
});
