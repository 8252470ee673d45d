import {Buffer} from 'node:buffer';
import {once} from 'node:events';
import {buffer} from 'node:stream/consumers';
import {pipeline} from 'node:stream/promises';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import type {Consume} from '../../source/contract/index.ts';
import {
	createMemoryBudget,
	createPartWriter,
	ObjectReadable,
	ObjectWritable,
	toReadableStream,
	toWritableStream,
} from '../../source/streams/index.ts';
import {KIB} from '../../source/utils/sizes.ts';
import {gate, loggingDriver} from '../bucket/fake-driver.ts';
import {content} from '../conformance/tools.ts';

const bytes = content(1000 * KIB);

/** A read that lends one buffer again and again, and spoils it once it came back. */
const spoilingRead = async (consume: Consume): Promise<void> => {
	const lent = Buffer.alloc(150 * KIB);
	for (let offset = 0; offset < bytes.length; offset += lent.length) {
		const length = bytes.copy(lent, 0, offset, offset + lent.length);
		await consume(lent.subarray(0, length));
		lent.fill(0xff);
	}
};

/** A read that lends bytes until it is told to stop. */
const endlessRead = (state: {lent: number; settled: boolean}) => async (consume: Consume, signal?: AbortSignal) => {
	try {
		for (;;) {
			signal?.throwIfAborted();
			await consume(Buffer.alloc(64 * KIB));
			state.lent++;
			await setImmediate();
		}
	} finally {
		await setImmediate();
		state.settled = true;
	}
};

test('a readable keeps nothing of a lent chunk', async t => {
	t.true((await buffer(new ObjectReadable(spoilingRead))).equals(bytes));
	t.true((await buffer(toReadableStream(spoilingRead))).equals(bytes));
});

test('nothing is read before a consumer asks', async t => {
	const state = {lent: 0, settled: false};
	const readable = new ObjectReadable(endlessRead(state));
	const web = toReadableStream(endlessRead(state));
	await setImmediate();
	t.deepEqual(state, {lent: 0, settled: false});
	readable.destroy();
	await web.cancel();
});

test('a readable that nobody reads on from holds the lent read', async t => {
	const state = {lent: 0, settled: false};
	const readable = new ObjectReadable(endlessRead(state), {highWaterMark: 200 * KIB});
	await once(readable, 'readable');
	for (let turn = 0; turn < 20; turn++) {
		await setImmediate();
	}

	t.is(state.lent, 3);
	readable.destroy();
	await once(readable, 'close');
	t.true(state.settled, 'close came before the read was over');
});

test('a web stream that nobody reads on from holds the lent read, and cancel waits for its end', async t => {
	const state = {lent: 0, settled: false};
	const reader = toReadableStream(endlessRead(state)).getReader();
	await reader.read();
	for (let turn = 0; turn < 20; turn++) {
		await setImmediate();
	}

	t.is(state.lent, 0);
	await reader.cancel();
	t.true(state.settled);
});

test('reads that are asked for ahead of a web stream are all answered', async t => {
	const reader = toReadableStream(spoilingRead).getReader();
	const chunks = await Promise.all(Array.from({length: 8}, () => reader.read()));
	t.true(Buffer.concat(chunks.flatMap(({value}) => value ?? [])).equals(bytes));
	t.true(chunks[7]?.done);
});

test('an error of the read comes out of the stream', async t => {
	const failing = async (consume: Consume) => {
		await consume(Buffer.from('some'));
		throw new Error('read broke');
	};
	await t.throwsAsync(buffer(new ObjectReadable(failing)), {message: 'read broke'});
	await t.throwsAsync(buffer(toReadableStream(failing)), {message: 'read broke'});
});

test('a signal ends both kinds of readable with CANCELLED, also while nobody reads on', async t => {
	const controller = new AbortController();
	const [first, second] = [
		{lent: 0, settled: false},
		{lent: 0, settled: false},
	];
	const readable = new ObjectReadable(endlessRead(first), {signal: controller.signal});
	const reader = toReadableStream(endlessRead(second), controller.signal).getReader();
	await Promise.all([once(readable, 'readable'), reader.read()]);
	const failed = once(readable, 'error');
	controller.abort();
	t.like((await failed)[0], {code: 'CANCELLED'});
	await t.throwsAsync(reader.read(), {code: 'CANCELLED'});
	await setImmediate();
	await setImmediate();
	t.true(first.settled);
	t.true(second.settled);
});

test('an aborted signal ends a readable that was never read from', async t => {
	const readable = new ObjectReadable(spoilingRead, {signal: AbortSignal.abort()});
	await t.throwsAsync(buffer(readable), {code: 'CANCELLED'});
	await t.throwsAsync(buffer(toReadableStream(spoilingRead, AbortSignal.abort())), {code: 'CANCELLED'});
});

const setUp = (session: Parameters<typeof loggingDriver>[0] = {}) => {
	const {driver, log} = loggingDriver(session);
	const budget = createMemoryBudget(1000);
	return {log, budget, writer: createPartWriter({driver, key: 'key', budget, partSize: 100, concurrency: 2})};
};

test('finish of a writable means committed, and info tells what', async t => {
	const {log, writer} = setUp();
	const writable = new ObjectWritable(writer);
	await pipeline([content(50), content(200)], writable);
	t.is(log.at(-1), 'complete 1,2,3 250');
	t.is(writable.info?.size, 250);
});

test('a writable whose upload fails is destroyed with its error while its source is silent', async t => {
	const {log, budget, writer} = setUp({
		async part() {
			throw new Error('part broke');
		},
	});
	const writable = new ObjectWritable(writer);
	const closed = new Promise(resolve => writable.once('close', resolve));
	writable.write(content(150));
	const [error] = await once(writable, 'error');
	t.is(error.message, 'part broke');
	await closed;
	t.is(log.at(-1), 'abort');
	t.is(budget.used, 0);
});

test('a writable that is destroyed closes after the clean-up', async t => {
	const aborting = gate();
	const {budget, writer} = setUp({abort: () => aborting.promise});
	const writable = new ObjectWritable(writer);
	await new Promise(resolve => writable.write(content(150), resolve));
	await setImmediate();
	let isClosed = false;
	const closed = once(writable, 'close').then(() => (isClosed = true));
	writable.destroy();
	await setImmediate();
	t.false(isClosed);
	aborting.open();
	await closed;
	t.is(budget.used, 0);
});

test('a web writable commits on close and cleans up on abort, also while a write waits for memory', async t => {
	const {log, writer} = setUp();
	const web = toWritableStream(writer).getWriter();
	await web.write(content(150));
	await web.close();
	t.is(log.at(-1), 'complete 1,2 150');

	const never = gate();
	const stuck = setUp({
		async part(_part, {signal}) {
			signal!.addEventListener('abort', () => never.fail(signal!.reason));
			return never.promise as Promise<never>;
		},
	});
	const second = toWritableStream(stuck.writer).getWriter();
	second.closed.catch(() => {});
	const written = second.write(content(1000));
	written.catch(() => {});
	await setImmediate();
	await second.abort(new Error('enough'));
	await t.throwsAsync(written);
	t.is(stuck.log.at(-1), 'abort');
	t.is(stuck.budget.used, 0);
});

test('a web writable fails when its upload does', async t => {
	const {budget, writer} = setUp({
		async part() {
			throw new Error('part broke');
		},
	});
	const web = toWritableStream(writer).getWriter();
	web.closed.catch(() => {});
	await web.write(content(150));
	await t.throwsAsync(web.closed, {message: 'part broke'});
	await setImmediate();
	t.is(budget.used, 0);
});
