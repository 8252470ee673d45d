import {Buffer} from 'node:buffer';
import test from 'ava';
import {bodyOf, crc32c, streamedBody} from '../../source/streams/index.ts';
import {MIB} from '../../source/utils/sizes.ts';
import {content} from '../conformance/tools.ts';

test('bytes in memory are sent without a copy, in slices of at most 1 MiB, as often as asked', async t => {
	const bytes = content(2 * MIB + 5);
	const body = bodyOf(bytes);
	t.is(body.crc32c(), crc32c(bytes));

	for (const _ of [1, 2]) {
		const lengths: number[] = [];
		await body.send(chunk => {
			t.is(chunk.buffer, bytes.buffer);
			lengths.push(chunk.length);
		});
		t.deepEqual(lengths, [MIB, MIB, 5]);
	}
});

test('each write is awaited', async t => {
	let running = 0;
	await bodyOf(content(3 * MIB)).send(async () => {
		t.is(++running, 1);
		await null;
		running--;
	});
	t.is(running, 0);
});

test('what write throws comes out unchanged', async t => {
	const error = new Error('sink broke');
	const write = () => {
		throw error;
	};
	t.is(await t.throwsAsync(bodyOf(content(10)).send(write)), error);
	t.is(await t.throwsAsync(streamedBody(10, async give => give(content(10))).send(write)), error);
});

test('a streamed body is summed on its way and has its sum when it was sent', async t => {
	const bytes = content(1000);
	const body = streamedBody(1000, async write => {
		await write(bytes.subarray(0, 300));
		await write(bytes.subarray(300));
	});
	t.is(body.crc32c(), undefined);
	for (const _ of [1, 2]) {
		await body.send(() => {});
		t.is(body.crc32c(), crc32c(bytes));
	}
});

test('a source that is too short fails', async t => {
	const body = streamedBody(10, async write => write(content(9)));
	await t.throwsAsync(
		body.send(() => {}),
		{code: 'SOURCE_SHORT'},
	);
	t.is(body.crc32c(), undefined);
});

test('a source that is too long fails before a byte too many is written', async t => {
	let written = 0;
	const body = streamedBody(10, async write => {
		await write(Buffer.alloc(8));
		await write(Buffer.alloc(3));
	});
	await t.throwsAsync(
		body.send(chunk => {
			written += chunk.length;
		}),
		{code: 'SOURCE_LONG'},
	);
	t.is(written, 8);
});
