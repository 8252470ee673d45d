import {Buffer} from 'node:buffer';
import {once} from 'node:events';
import {buffer} from 'node:stream/consumers';
import {setImmediate} from 'node:timers/promises';
import type {ReadAnswer} from '../../source/contract/index.ts';
import {KIB} from '../../source/utils/sizes.ts';
import type {Suite} from './suite.ts';
import {assertContent, content, failsWith} from './tools.ts';

const size = 300_001;
const bytes = content(size);

const addRanges = ({add, capabilities}: Suite): void => {
	const needed = {'read.ranges': capabilities.read.ranges};
	const ranges = [
		[0, 0],
		[0, 9],
		[1, 1],
		[100_000, 200_000],
		[size - 1, size - 1],
		[size - 10, size + 10],
		[size - 10, undefined],
		[0, size - 1],
		[0, size * 2],
	] as const;

	for (const [start, end] of ranges) {
		add(
			`read:range:${start}-${end ?? ''}`,
			`bytes ${start} to ${end ?? 'the end'} of ${size} are read alone`,
			async (t, bucket) => {
				await bucket.put('a.bin', bytes);
				let answer: ReadAnswer | undefined;
				const read = await bucket.bytes('a.bin', {start, end, onAnswer: given => (answer = given)});
				const expected = bytes.subarray(start, (end ?? size) + 1);
				t.true(read.equals(expected), `${read.length} bytes, ${expected.length} expected`);
				t.like(answer, {start, length: expected.length, info: {size}});
			},
			needed,
		);
	}

	add(
		'read:range:behind',
		'a range behind the end is not satisfiable',
		async (t, bucket) => {
			await bucket.put('a.bin', bytes);
			await failsWith(t, bucket.bytes('a.bin', {start: size}), 'RANGE_NOT_SATISFIABLE');
		},
		needed,
	);
};

const addWhole = ({add, partSize}: Suite): void => {
	add('read:stream', 'a Node.js stream and a web stream give all bytes', async (t, bucket) => {
		await bucket.put('a.bin', bytes);
		t.true((await buffer(bucket.createReadable('a.bin'))).equals(bytes));
		t.true((await buffer(bucket.readableStream('a.bin'))).equals(bytes));
	});

	add('read:byob', 'a reader of a web stream can bring its own buffers', async (t, bucket) => {
		await bucket.put('a.bin', bytes);
		const reader = bucket.readableStream('a.bin').getReader({mode: 'byob'});
		const chunks: Uint8Array[] = [];
		for (;;) {
			const {done, value} = await reader.read(new Uint8Array(10_000));
			if (done) {
				break;
			}

			t.true(value.length <= 10_000);
			chunks.push(value);
		}

		t.true(Buffer.concat(chunks).equals(bytes));
	});

	add('read:empty', 'an empty object gives an answer and no bytes', async (t, bucket) => {
		await bucket.put('a.bin', '');
		let answer: ReadAnswer | undefined;
		t.is((await bucket.bytes('a.bin', {onAnswer: given => (answer = given)})).length, 0);
		t.like(answer, {start: 0, length: 0, info: {size: 0}});
		t.is((await buffer(bucket.createReadable('a.bin'))).length, 0);
		t.is((await buffer(bucket.readableStream('a.bin'))).length, 0);
	});

	add('read:missing', 'every way to read a missing object fails with NOT_FOUND', async (t, bucket) => {
		await failsWith(t, bucket.stat('none'), 'NOT_FOUND');
		await failsWith(t, bucket.bytes('none'), 'NOT_FOUND');
		await failsWith(t, buffer(bucket.createReadable('none')), 'NOT_FOUND');
		await failsWith(t, buffer(bucket.readableStream('none')), 'NOT_FOUND');
		t.false(await bucket.exists('none'));
	});

	add('read:context', 'an error names bucket, provider, operation and key', async (t, bucket) => {
		const error = await failsWith(t, bucket.bytes('none'), 'NOT_FOUND');
		t.like(error, {bucket: bucket.name, provider: bucket.capabilities.provider, operation: 'read', key: 'none', attempts: 1});
	});

	add('read:parallel', 'many reads at once do not mix', async (t, bucket) => {
		const all = Array.from({length: 12}, (_, index) => content(partSize + index, index + 1));
		await Promise.all(all.map((part, index) => bucket.put(`${index}`, part)));
		await Promise.all(all.map((part, index) => assertContent(t, bucket, `${index}`, part)));
	});
};

const addConsumers = ({add}: Suite): void => {
	const large = content(4096 * KIB);

	add('read:consumer-throws', 'an error of the consumer ends the read and comes out as it is', async (t, bucket) => {
		await bucket.put('a.bin', large);
		const error = new Error('enough');
		const thrown = await t.throwsAsync(
			bucket.read('a.bin', {}, async () => {
				await setImmediate();
				throw error;
			}),
		);
		t.is(thrown, error);
	});

	add('read:destroyed', 'a stream that is destroyed frees its connection before it closes', async (t, bucket) => {
		await bucket.put('a.bin', large);
		const readable = bucket.createReadable('a.bin');
		await once(readable, 'data');
		readable.destroy();
		await once(readable, 'close');
		t.true(readable.destroyed);
	});

	add('read:web-cancelled', 'a web stream that is cancelled frees its connection before that settles', async (t, bucket) => {
		await bucket.put('a.bin', large);
		const reader = bucket.readableStream('a.bin').getReader();
		await reader.read();
		await t.notThrowsAsync(reader.cancel());
	});

	add('read:slow', 'a slow consumer gets all bytes, and little is read ahead', async (t, bucket) => {
		await bucket.put('a.bin', large);
		const readable = bucket.createReadable('a.bin', {highWaterMark: 64 * KIB});
		const chunks: Buffer[] = [];
		for await (const chunk of readable) {
			chunks.push(chunk);
			await setImmediate();
			t.true(readable.readableLength <= 64 * KIB + 1024 * KIB);
		}

		t.true(Buffer.concat(chunks).equals(large));
	});

	add('read:lent', 'a chunk is whole for as long as its consumer keeps it', async (t, bucket) => {
		await bucket.put('a.bin', large);
		const copy: Buffer[] = [];
		await bucket.read('a.bin', {}, async chunk => {
			const before = Buffer.from(chunk);
			await setImmediate();
			t.true(before.equals(chunk));
			copy.push(before);
		});
		t.true(Buffer.concat(copy).equals(large));
	});
};

const addRevisions = ({add, capabilities}: Suite): void => {
	add(
		'read:pin',
		'a read that is pinned to a replaced revision fails with SOURCE_CHANGED',
		async (t, bucket) => {
			await bucket.put('a.bin', 'first content');
			const {revision} = await bucket.stat('a.bin');
			t.is((await bucket.bytes('a.bin', {pin: revision})).toString(), 'first content');
			await bucket.put('a.bin', 'other content');
			await failsWith(t, bucket.bytes('a.bin', {pin: revision}), 'SOURCE_CHANGED');
		},
		{'read.pin': capabilities.read.pin},
	);
};

export const addReading = (suite: Suite): void => {
	addRanges(suite);
	addWhole(suite);
	addConsumers(suite);
	addRevisions(suite);
};
