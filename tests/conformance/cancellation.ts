import {once} from 'node:events';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {setImmediate} from 'node:timers/promises';
import type {Bucket} from '../../source/bucket/index.ts';
import type {Suite} from './suite.ts';
import {assertNothingLeft, chunksOf, content, failsWith, keysOf, stallingSource} from './tools.ts';

const addDestroyed = ({add, partSize}: Suite): void => {
	for (const [name, size] of [
		['first', 0],
		['mid-part', 1000],
		['one-part', partSize],
		['mid-second', partSize + 1000],
		['parts', 4 * partSize + 1],
	] as const) {
		add(`cancel:destroy:${name}`, `a writable destroyed after ${size} bytes has left nothing when it closes`, async (t, bucket) => {
			const writable = bucket.createWritable('a.bin', {partSize});
			if (size > 0) {
				await new Promise(resolve => writable.write(content(size), resolve));
			}

			writable.destroy();
			await once(writable, 'close');
			await assertNothingLeft(t, bucket, 'a.bin');
		});

		add(`cancel:stalled:${name}`, `put is cancelled while its source is silent after ${size} bytes`, async (t, bucket) => {
			const controller = new AbortController();
			const source = stallingSource(content(size + 1));
			const put = bucket.put('a.bin', source, {partSize, signal: controller.signal});
			const failed = failsWith(t, put, 'CANCELLED');
			while (source.readableLength > 0) {
				await setImmediate();
			}

			controller.abort(new Error('changed my mind'));
			const error = await failed;
			t.like(error.cause, {message: 'changed my mind'});
			t.true(source.destroyed);
			await assertNothingLeft(t, bucket, 'a.bin');
		});
	}
};

const addAborted = ({add, partSize}: Suite): void => {
	const bytes = content(3 * partSize + 1);
	const chunkSize = Math.ceil(partSize / 3);

	for (let count = 0; count <= 8; count++) {
		add(`cancel:chunk:${count}`, `a stream whose signal is aborted at chunk ${count} leaves nothing`, async (t, bucket) => {
			const controller = new AbortController();
			const source = async function* () {
				let index = 0;
				for (const chunk of chunksOf(bytes, chunkSize)) {
					if (index++ === count) {
						controller.abort();
					}

					yield chunk;
					await setImmediate();
				}
			};

			const writable = bucket.createWritable('a.bin', {partSize, signal: controller.signal});
			const closed = once(writable, 'close').catch(() => {});
			await failsWith(t, pipeline(Readable.from(source()), writable), 'CANCELLED');
			await closed;
			await assertNothingLeft(t, bucket, 'a.bin');
		});
	}

	for (const turns of [0, 1, 2, 3, 5, 8, 13, 21]) {
		add(`cancel:turn:${turns}`, `put aborted after ${turns} turns of the event loop stores all or nothing`, async (t, bucket) => {
			const controller = new AbortController();
			const put = bucket.put('a.bin', bytes, {partSize, signal: controller.signal}).then(
				() => 'stored',
				(error: {code?: string}) => error.code,
			);
			for (let turn = 0; turn < turns; turn++) {
				await setImmediate();
			}

			controller.abort();
			if ((await put) === 'stored') {
				t.deepEqual(await keysOf(bucket), ['a.bin']);
			} else {
				t.is(await put, 'CANCELLED');
				await assertNothingLeft(t, bucket, 'a.bin');
			}
		});
	}
};

const verbs: Readonly<Record<string, (bucket: Bucket, signal: AbortSignal) => Promise<unknown>>> = {
	stat: (bucket, signal) => bucket.stat('a', {signal}),
	read: (bucket, signal) => bucket.bytes('a', {signal}),
	put: (bucket, signal) => bucket.put('b', 'x', {signal}),
	list: (bucket, signal) => bucket.list({signal}).next(),
	remove: (bucket, signal) => bucket.remove('a', {signal}),
	'remove many': (bucket, signal) => bucket.removeMany(['a'], {signal}),
};

const addVerbs = ({add}: Suite): void => {
	for (const [name, call] of Object.entries(verbs)) {
		add(`cancel:before:${name.replace(' ', '-')}`, `${name} with an aborted signal changes nothing`, async (t, bucket) => {
			await bucket.put('a', 'content');
			const error = await failsWith(t, call(bucket, AbortSignal.abort(new Error('why'))), 'CANCELLED');
			t.like(error.cause, {message: 'why'});
			t.deepEqual(await keysOf(bucket), ['a']);
		});
	}

	add('cancel:read', 'a read that is aborted half-way gives no more bytes', async (t, bucket) => {
		const size = 4 * 1024 * 1024;
		await bucket.put('a', content(size));
		const controller = new AbortController();
		let received = 0;
		let afterwards = 0;
		const read = bucket.read('a', {signal: controller.signal}, async chunk => {
			afterwards += controller.signal.aborted ? chunk.length : 0;
			received += chunk.length;
			await setImmediate();
			if (received > size / 4) {
				controller.abort();
			}
		});
		await failsWith(t, read, 'CANCELLED');
		t.is(afterwards, 0);
		t.true(received < size);
	});

	add('cancel:readable', 'a readable whose signal is aborted fails with CANCELLED, also while nobody reads on', async (t, bucket) => {
		await bucket.put('a', content(4 * 1024 * 1024));
		const controller = new AbortController();
		const readable = bucket.createReadable('a', {signal: controller.signal});
		await once(readable, 'readable');
		const failed = once(readable, 'error');
		const closed = new Promise(resolve => readable.once('close', resolve));
		controller.abort();
		const [error] = await failed;
		t.is(error.code, 'CANCELLED');
		await closed;
	});
};

export const addCancellation = (suite: Suite): void => {
	addDestroyed(suite);
	addAborted(suite);
	addVerbs(suite);
};
