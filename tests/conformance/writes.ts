import {once} from 'node:events';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {ReadableStream} from 'node:stream/web';
import {MIB} from '../../source/utils/sizes.ts';
import type {Suite} from './suite.ts';
import {assertContent, assertNothingLeft, assertNoUploads, breakingSource, chunksOf, collect, content, failsWith} from './tools.ts';

const sizesOf = (partSize: number): ReadonlyMap<string, number> =>
	new Map([
		['0', 0],
		['1', 1],
		['part-1', partSize - 1],
		['part', partSize],
		['part+1', partSize + 1],
		['2-parts+1', 2 * partSize + 1],
	]);

const addSizes = ({add, partSize}: Suite): void => {
	for (const [name, size] of sizesOf(partSize)) {
		add(`write:stream:${name}`, `a stream of ${size} bytes reads back as written`, async (t, bucket) => {
			const bytes = content(size);
			const writable = bucket.createWritable('a.bin', {partSize});
			await pipeline(Readable.from(chunksOf(bytes, 50_000)), writable);
			await assertContent(t, bucket, 'a.bin', bytes);
			t.is(writable.info?.size, size);
			t.is((await bucket.stat('a.bin')).size, size);
			await assertNoUploads(t, bucket);
		});

		add(`write:sized:${name}`, `a stream of ${size} bytes whose size was declared reads back as written`, async (t, bucket) => {
			const bytes = content(size);
			await pipeline(Readable.from(chunksOf(bytes, 50_000)), bucket.createWritable('a.bin', {partSize, size}));
			await assertContent(t, bucket, 'a.bin', bytes);
		});

		add(`write:memory:${name}`, `${size} bytes in memory read back as written`, async (t, bucket) => {
			const bytes = content(size);
			const info = await bucket.put('a.bin', bytes, {partSize});
			t.is(info.size, size);
			await assertContent(t, bucket, 'a.bin', bytes);
			await assertNoUploads(t, bucket);
		});
	}
};

const addSources = ({add, partSize}: Suite): void => {
	const bytes = content(partSize + 10);
	const sources = {
		blob: () => new Blob([bytes]),
		'array buffer': () => new Uint8Array(bytes).buffer,
		'node stream': () => Readable.from(chunksOf(bytes, 10_000)),
		'web stream': () => ReadableStream.from(chunksOf(bytes, 10_000)),
		'async iterable': () => Readable.from(chunksOf(bytes, 10_000)).map(chunk => chunk),
	};

	for (const [name, source] of Object.entries(sources)) {
		add(`write:source:${name.replace(' ', '-')}`, `put takes bytes from a source of type ${name}`, async (t, bucket) => {
			await bucket.put('a.bin', source(), {partSize});
			await assertContent(t, bucket, 'a.bin', bytes);
		});
	}

	add('write:text', 'put writes text as UTF-8', async (t, bucket) => {
		await bucket.put('a.txt', 'grün 🌊');
		t.is((await bucket.bytes('a.txt')).toString(), 'grün 🌊');
	});

	add('write:web', 'a web stream is committed by close', async (t, bucket) => {
		await ReadableStream.from(chunksOf(bytes, 10_000)).pipeTo(bucket.writableStream('a.bin', {partSize}));
		await assertContent(t, bucket, 'a.bin', bytes);
	});

	add('write:web:abort', 'an aborted web stream has left nothing when abort settles', async (t, bucket) => {
		const writer = bucket.writableStream('a.bin', {partSize}).getWriter();
		writer.closed.catch(() => {});
		await writer.write(bytes);
		await writer.abort(new Error('no more'));
		await assertNothingLeft(t, bucket, 'a.bin');
	});
};

const addChunks = ({add, partSize}: Suite): void => {
	add('write:chunks:1', 'chunks of one byte arrive in order', async (t, bucket) => {
		const bytes = content(5000);
		await pipeline(Readable.from(chunksOf(bytes, 1)), bucket.createWritable('a.bin', {partSize}));
		await assertContent(t, bucket, 'a.bin', bytes);
	});

	add('write:chunks:64MiB', 'one chunk of 64 MiB is cut into parts', async (t, bucket) => {
		const bytes = content(64 * MIB);
		await pipeline([bytes], bucket.createWritable('a.bin'));
		await assertContent(t, bucket, 'a.bin', bytes);
	});

	add('write:progress', 'progress grows to the size of the object', async (t, bucket) => {
		const bytes = content(2 * partSize + 1);
		const seen: number[] = [];
		await pipeline([bytes], bucket.createWritable('a.bin', {partSize, onProgress: sent => seen.push(sent)}));
		t.deepEqual(
			seen.toSorted((a, b) => a - b),
			seen,
		);
		t.is(seen.at(-1), bytes.length);
	});
};

const addFailures = ({add, partSize}: Suite): void => {
	for (const [name, size] of [
		['part', partSize - 1],
		['parts', 2 * partSize + 1],
	] as const) {
		add(`write:source-fails:${name}`, `a source that fails after ${size} bytes leaves no object`, async (t, bucket) => {
			const writable = bucket.createWritable('a.bin', {partSize});
			const closed = once(writable, 'close').catch(() => {});
			await t.throwsAsync(pipeline(breakingSource(content(size)), writable), {message: 'source broke'});
			await closed;
			await assertNothingLeft(t, bucket, 'a.bin');
		});

		add(`write:short:${name}`, `a source that ends after ${size} bytes, one before its size, leaves no object`, async (t, bucket) => {
			await failsWith(t, bucket.put('a.bin', Readable.from([content(size)]), {partSize, size: size + 1}), 'SOURCE_SHORT');
			await assertNothingLeft(t, bucket, 'a.bin');
		});

		add(`write:long:${name}`, `a source that goes on past its size of ${size} bytes leaves no object`, async (t, bucket) => {
			await failsWith(t, bucket.put('a.bin', Readable.from([content(size + 1)]), {partSize, size}), 'SOURCE_LONG');
			await assertNothingLeft(t, bucket, 'a.bin');
		});
	}
};

const addVisibility = ({add, partSize}: Suite): void => {
	add('write:replace', 'a shorter object takes the place of a longer one', async (t, bucket) => {
		await bucket.put('a.bin', content(partSize + 1), {partSize});
		await bucket.put('a.bin', 'short');
		await assertContent(t, bucket, 'a.bin', Buffer.from('short'));
	});

	add('write:invisible', 'readers see the old object until the new one is finished', async (t, bucket) => {
		await bucket.put('a.bin', 'old');
		const bytes = content(3 * partSize);
		const writable = bucket.createWritable('a.bin', {partSize});
		await new Promise(resolve => writable.write(bytes, resolve));
		await assertContent(t, bucket, 'a.bin', Buffer.from('old'));
		writable.end();
		await once(writable, 'finish');
		await assertContent(t, bucket, 'a.bin', bytes);
	});

	add('write:old-stays', 'a failed write leaves the old object', async (t, bucket) => {
		await bucket.put('a.bin', 'old');
		await t.throwsAsync(bucket.put('a.bin', breakingSource(content(2 * partSize)), {partSize}), {message: 'source broke'});
		await assertContent(t, bucket, 'a.bin', Buffer.from('old'));
		await assertNoUploads(t, bucket);
	});

	add('write:two-writers', 'of two writers of one key one wins with all of its bytes', async (t, bucket) => {
		const both = [content(2 * partSize + 1, 1), content(2 * partSize + 1, 2)];
		await Promise.all(both.map(bytes => bucket.put('a.bin', Readable.from(chunksOf(bytes, 30_000)), {partSize})));
		const stored = await bucket.bytes('a.bin');
		t.true(both.some(bytes => stored.equals(bytes)));
		t.is((await collect(bucket.list())).length, 1);
	});
};

export const addWrites = (suite: Suite): void => {
	addSizes(suite);
	addSources(suite);
	addChunks(suite);
	addFailures(suite);
	addVisibility(suite);
};
