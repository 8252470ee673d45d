import type {Suite} from './suite.ts';
import {failsWith, keysOf} from './tools.ts';

export const addRemoval = ({add}: Suite): void => {
	add('remove:one', 'a removed object is gone, its neighbours are not', async (t, bucket) => {
		await Promise.all(['a', 'a-/b', 'ab'].map(key => bucket.put(key, key)));
		await bucket.remove('a');
		await failsWith(t, bucket.stat('a'), 'NOT_FOUND');
		t.deepEqual(await keysOf(bucket), ['a-/b', 'ab']);
	});

	add('remove:missing', 'the removal of a missing object succeeds', async (t, bucket) => {
		await t.notThrowsAsync(bucket.remove('none'));
	});

	add('remove:again', 'an object that was removed can be written again', async (t, bucket) => {
		await bucket.put('a', 'first');
		await bucket.remove('a');
		await bucket.put('a', 'second');
		t.is((await bucket.bytes('a')).toString(), 'second');
	});

	add('remove:many', 'many keys are removed in batches, missing ones and odd ones among them', async (t, bucket) => {
		const keys = ['a', 'b&c', '<d>', 'e f', '😀', 'g/h'];
		await Promise.all([...keys, 'stays'].map(key => bucket.put(key, key)));
		const missing = Array.from({length: 1100}, (_, index) => `missing/${index}`);
		t.deepEqual(await bucket.removeMany([...keys, ...missing]), {removed: keys.length + missing.length, failed: []});
		t.deepEqual(await keysOf(bucket), ['stays']);
	});

	add('remove:iterable', 'keys to remove can come from a listing', async (t, bucket) => {
		await Promise.all(['a', 'b', 'c'].map(key => bucket.put(key, key)));
		const listed = async function* () {
			for await (const {key} of bucket.list()) {
				yield key;
			}
		};

		t.is((await bucket.removeMany(listed())).removed, 3);
		t.deepEqual(await keysOf(bucket), []);
	});

	add('remove:none', 'no keys are nothing to do', async (t, bucket) => {
		t.deepEqual(await bucket.removeMany([]), {removed: 0, failed: []});
	});
};
