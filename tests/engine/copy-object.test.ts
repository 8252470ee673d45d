import {randomBytes} from 'node:crypto';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import type {Driver} from '../../source/contract/index.ts';
import {copyObject} from '../../source/engine/index.ts';
import {createDriver} from '../../source/providers/memory/index.ts';
import {crc32c} from '../../source/streams/index.ts';
import {MIB} from '../../source/utils/sizes.ts';

let names = 0;

/** A bucket of its own, with some verbs of its driver replaced. */
const open = async (change: (driver: Driver) => Partial<Driver> = () => ({})): Promise<Bucket> => {
	const driver = await createDriver({name: 'test', type: 'memory', bucket: `engine-${++names}`});
	return new Bucket({
		...driver,
		stat: driver.stat.bind(driver),
		list: driver.list.bind(driver),
		remove: driver.remove.bind(driver),
		read: driver.read.bind(driver),
		put: driver.put.bind(driver),
		begin: driver.begin?.bind(driver),
		uploads: driver.uploads?.bind(driver),
		close: driver.close.bind(driver),
		capabilities: driver.capabilities,
		location: driver.location,
		...change(driver),
	});
};

/** A bucket that no other can be copied to on the server's side. */
const openApart = (change: (driver: Driver) => Partial<Driver> = () => ({})) =>
	open(driver => ({copyFrom: undefined, canCopyFrom: undefined, ...change(driver)}));

const headers = {contentType: 'text/x-test', cacheControl: 'no-store', contentLanguage: 'de'};
const metadata = {color: 'blue'};

const cases = [
	{title: 'a small object goes through memory', size: 1000, strategy: undefined, expected: 'buffered'},
	{title: 'an empty object goes through memory', size: 0, strategy: undefined, expected: 'buffered'},
	{title: 'a middling object is one request', size: 3 * MIB + 1, strategy: undefined, expected: 'whole'},
	{title: 'a large object goes by ranges', size: 17 * MIB + 5, strategy: undefined, expected: 'ranges'},
	{title: 'a stream is used when asked for', size: 17 * MIB + 5, strategy: 'stream', expected: 'stream'},
	{title: 'ranges are used when asked for', size: 9 * MIB, strategy: 'ranges', expected: 'ranges'},
] as const;

for (const {title, size, strategy, expected} of cases) {
	test(`${title} (${size} bytes), identical and compared with both sides`, async t => {
		const [source, target] = [await openApart(), await openApart()];
		const content = randomBytes(size);
		await source.put('a', content, {...headers, metadata});
		let gained = 0;
		const result = await copyObject(
			{bucket: source, key: 'a'},
			{bucket: target, key: 'b/c'},
			{
				strategy,
				onProgress(bytes) {
					gained += bytes;
				},
			},
		);

		t.is(result.strategy, expected);
		t.is(result.size, size);
		t.is(result.crc32c, crc32c(content));
		t.is(result.verified, 'both');
		t.is(gained, size);
		t.true(content.equals(await target.bytes('b/c')));
		const info = await target.stat('b/c');
		t.like(info.headers, headers);
		t.is(info.metadata.color, 'blue');
	});
}

test('two buckets of one provider copy on its side, with other metadata when asked', async t => {
	const [source, target] = await Promise.all(
		['one', 'two'].map(async name => new Bucket(await createDriver({name, type: 'memory', bucket: `engine-server-${name}`}))),
	);
	await source!.put('a', 'hello', {...headers, metadata});
	const kept = await copyObject({bucket: source!, key: 'a'}, {bucket: target!, key: 'b'});
	t.is(kept.strategy, 'server');
	t.is(kept.verified, 'both');
	t.is((await target!.stat('b')).metadata.color, 'blue');
	await copyObject({bucket: source!, key: 'a'}, {bucket: target!, key: 'b'}, {metadata: {color: 'red'}, headers: {contentType: 'a/b'}});
	const info = await target!.stat('b');
	t.is(info.metadata.color, 'red');
	t.like(info.headers, {...headers, contentType: 'a/b'});
});

test('an object is not copied onto itself', async t => {
	const bucket = await open();
	await bucket.put('a', 'x');
	await t.throwsAsync(copyObject({bucket, key: 'a'}, {bucket, key: 'a'}), {code: 'SAME_LOCATION'});
});

test('overwrite: false keeps what is there', async t => {
	const [source, target] = [await openApart(), await openApart()];
	await source.put('a', 'new');
	await target.put('a', 'old');
	await t.throwsAsync(copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'}, {overwrite: false}), {code: 'ALREADY_EXISTS'});
	t.deepEqual(Buffer.from(await target.bytes('a')), Buffer.from('old'));
});

test('a source that changes between ranges is copied anew, once, never as a mixture', async t => {
	const first = randomBytes(40 * MIB);
	const second = randomBytes(40 * MIB);
	let reads = 0;
	const source = await openApart(driver => ({
		async read(key, options, consume) {
			if (++reads === 3) {
				await new Bucket(driver).put('a', second);
			}

			return driver.read(key, options, consume);
		},
	}));
	const target = await openApart();
	await source.put('a', first);
	const result = await copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'});
	t.is(result.crc32c, crc32c(second));
	t.true(Buffer.from(await target.bytes('a')).equals(second));
	t.is((await Array.fromAsync(target.uploads())).length, 0);
});

test('a source that changes again and again fails and leaves nothing', async t => {
	const source = await openApart(driver => ({
		async read(key, options, consume) {
			await new Bucket(driver).put('a', randomBytes(20 * MIB));
			return driver.read(key, options, consume);
		},
	}));
	const target = await openApart();
	await source.put('a', randomBytes(20 * MIB));
	await t.throwsAsync(copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'}), {code: 'SOURCE_CHANGED'});
	t.false(await target.exists('a'));
	t.is((await Array.fromAsync(target.uploads())).length, 0);
});

for (const size of [1000, 3 * MIB, 20 * MIB]) {
	test(`bytes that do not have the source's sum are read once more, then refused (${size} bytes)`, async t => {
		let reads = 0;
		const source = await openApart(driver => ({
			read: (key, options, consume) =>
				driver.read(key, options, chunk => {
					reads++;
					const corrupt = Buffer.from(chunk);
					corrupt[0]! ^= 1;
					return consume(corrupt);
				}),
		}));
		const target = await openApart();
		await source.put('a', randomBytes(size));
		await t.throwsAsync(copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'}), {code: 'CHECKSUM_MISMATCH'});
		t.true(reads >= 2);
		t.false(await target.exists('a'));
		t.is((await Array.fromAsync(target.uploads())).length, 0);
	});
}

test('a signal ends a copy by ranges and nothing is left', async t => {
	const controller = new AbortController();
	const source = await openApart(driver => ({
		read: (key, options, consume) =>
			driver.read(key, options, chunk => {
				controller.abort(new Error('enough'));
				return consume(chunk);
			}),
	}));
	const target = await openApart();
	await source.put('a', randomBytes(40 * MIB));
	const error = await t.throwsAsync(copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'}, {signal: controller.signal}), {
		code: 'CANCELLED',
	});
	t.is((error!.cause as Error).message, 'enough');
	t.false(await target.exists('a'));
	t.is((await Array.fromAsync(target.uploads())).length, 0);
});

test('what the destination cannot keep is said', async t => {
	const source = await openApart();
	const target = await openApart(driver => ({capabilities: {...driver.capabilities, metadataMaximum: 0, contentHeaders: false}}));
	await source.put('a', 'x', {...headers, metadata});
	const result = await copyObject({bucket: source, key: 'a'}, {bucket: target, key: 'a'});
	t.deepEqual([...result.lost], ['metadata', 'headers']);
});
