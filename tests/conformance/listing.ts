import {Buffer} from 'node:buffer';
import type {Bucket} from '../../source/bucket/index.ts';
import type {Suite} from './suite.ts';
import {collect, keysOf} from './tools.ts';

const byBytes = (keys: readonly string[]): string[] => keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const putAll = async (bucket: Bucket, keys: readonly string[]): Promise<void> => {
	await Promise.all(keys.map(key => bucket.put(key, key)));
};

const many = Array.from({length: 25}, (_, index) => `k${String(index * 7).padStart(3, '0')}`);
/** No key is the folder of another one: a file system could not hold both. */
const tree = ['a', 'ab', 'b-/4', 'b/1', 'b/2', 'b/b/3', 'c-5', 'c/6'];

const addKeys = ({add, capabilities: {list}}: Suite): void => {
	add('list:empty', 'an empty bucket lists nothing', async (t, bucket) => {
		t.deepEqual(await collect(bucket.list()), []);
		t.deepEqual(await collect(bucket.list({prefix: 'a'})), []);
	});

	for (const pageSize of [1, 7, 25, 1000]) {
		add(`list:pages:${pageSize}`, `25 keys in pages of ${pageSize} come once each`, async (t, bucket) => {
			await putAll(bucket, many);
			const keys = await keysOf(bucket, {pageSize});
			t.deepEqual(list.order === 'bytes' ? keys : byBytes(keys), many);
		});
	}

	add('list:entries', 'an entry has the size and revision that stat tells', async (t, bucket) => {
		await bucket.put('a', 'content');
		const [entry] = await collect(bucket.list());
		const info = await bucket.stat('a');
		t.is(entry?.size, 7);
		t.is(entry?.revision, info.revision);
		t.true(Math.abs(entry!.modified!.getTime() - info.modified!.getTime()) < 2000);
	});

	add('list:prefix', 'only keys with the prefix are listed', async (t, bucket) => {
		await putAll(bucket, [...tree, '%a', 'a&b', 'a b']);
		t.deepEqual(byBytes(await keysOf(bucket, {prefix: 'a'})), ['a', 'a b', 'a&b', 'ab']);
		t.deepEqual(byBytes(await keysOf(bucket, {prefix: 'b'})), ['b-/4', 'b/1', 'b/2', 'b/b/3']);
		t.deepEqual(byBytes(await keysOf(bucket, {prefix: 'b/'})), ['b/1', 'b/2', 'b/b/3']);
		t.deepEqual(await keysOf(bucket, {prefix: 'a&'}), ['a&b']);
		t.deepEqual(await keysOf(bucket, {prefix: '%'}), ['%a']);
		t.deepEqual(await keysOf(bucket, {prefix: 'zz'}), []);
	});

	add('list:break', 'a listing that is left early leaves nothing open', async (t, bucket) => {
		await putAll(bucket, many);
		for await (const {key} of bucket.list({pageSize: 5})) {
			t.true(many.includes(key));
			break;
		}
	});

	add(
		'list:order',
		'keys come in the order of their UTF-8 bytes',
		async (t, bucket) => {
			const keys = ['a', 'a!', 'a-/b', 'a0', 'aa', 'B', 'b', 'é', '\uE000', '\uFFFD', '😀', 'z'];
			await putAll(bucket, keys);
			t.deepEqual(await keysOf(bucket, {pageSize: 3}), byBytes(keys));
		},
		{'list.order': list.order === 'bytes'},
	);
};

const addDelimiters = ({add, capabilities: {list}}: Suite): void => {
	for (const pageSize of [1, 2, 1000]) {
		add(
			`list:delimiter:${pageSize}`,
			`keys are folded at the delimiter, once each, in pages of ${pageSize}`,
			async (t, bucket) => {
				await putAll(bucket, tree);
				const items = await collect(bucket.list({delimiter: '/', pageSize}));
				t.deepEqual(byBytes(items.flatMap(({key}) => key ?? [])), ['a', 'ab', 'c-5']);
				t.deepEqual(byBytes(items.flatMap(item => (item.key === undefined ? item.prefix : []))), ['b-/', 'b/', 'c/']);
			},
			{'list.delimiter': list.delimiter},
		);
	}

	add(
		'list:delimiter:prefix',
		'keys below a prefix are folded at the delimiter behind it',
		async (t, bucket) => {
			await putAll(bucket, tree);
			const items = await collect(bucket.list({delimiter: '/', prefix: 'b/'}));
			t.deepEqual(
				items.map(item => item.key ?? item.prefix),
				['b/1', 'b/2', 'b/b/'],
			);
		},
		{'list.delimiter': list.delimiter},
	);
};

const addStarts = ({add, capabilities: {list}}: Suite): void => {
	add(
		'list:start-after',
		'a listing begins behind a key, whether that exists or not',
		async (t, bucket) => {
			await putAll(bucket, many);
			t.deepEqual(await keysOf(bucket, {startAfter: 'k035', pageSize: 4}), many.slice(6));
			t.deepEqual(await keysOf(bucket, {startAfter: 'k0355'}), many.slice(6));
			t.deepEqual(await keysOf(bucket, {startAfter: 'k168'}), []);
			t.deepEqual(await keysOf(bucket, {prefix: 'k1', startAfter: 'k0'}), many.slice(15));
		},
		{'list.startAfter': list.startAfter, 'list.order': list.order === 'bytes'},
	);
};

export const addListing = (suite: Suite): void => {
	addKeys(suite);
	addDelimiters(suite);
	addStarts(suite);
};
