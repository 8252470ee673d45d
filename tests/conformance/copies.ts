import type {Suite} from './suite.ts';
import {assertContent, content, failsWith} from './tools.ts';

export const addCopies = ({add, capabilities, harness, partSize}: Suite): void => {
	const needed = {copyFrom: capabilities.copyMaximum};
	const attributes = {
		contentType: 'image/png',
		...(capabilities.metadataMaximum > 0 ? {metadata: {color: 'blue'}} : {}),
	};

	for (const [name, size] of [
		['empty', 0],
		['small', 1000],
		['parts', 2 * partSize + 1],
	] as const) {
		add(
			`copy:${name}`,
			`a copy within the provider of ${size} bytes has all bytes, headers and metadata`,
			async (t, bucket) => {
				await bucket.put('a b', content(size), {...attributes, partSize});
				const info = await bucket.driver.copyFrom!(bucket.driver, 'a b', 'c/d', {});
				t.is(info.size, size);
				await assertContent(t, bucket, 'c/d', content(size));
				const stored = await bucket.stat('c/d');
				t.is(stored.headers.contentType, 'image/png');
				t.deepEqual({...stored.metadata}, {...attributes.metadata});
			},
			needed,
		);
	}

	add(
		'copy:attributes',
		'headers and metadata that a copy is given take the place of those of the source',
		async (t, bucket) => {
			await bucket.put('a', 'content', {contentType: 'image/png', metadata: {color: 'blue'}});
			await bucket.driver.copyFrom!(bucket.driver, 'a', 'b', {headers: {contentType: 'text/plain'}, metadata: {size: 'big'}});
			const info = await bucket.stat('b');
			t.is(info.headers.contentType, 'text/plain');
			t.deepEqual({...info.metadata}, {size: 'big'});
		},
		{...needed, metadata: capabilities.metadataMaximum > 0},
	);

	add(
		'copy:reach',
		'a provider that copies can reach its own bucket, through another instance too',
		async (t, bucket) => {
			await bucket.put('a', 'content');
			const other = await harness.reopen(bucket);
			t.true(bucket.driver.canCopyFrom!(other.driver));
			await bucket.driver.copyFrom!(other.driver, 'a', 'b', {});
			await assertContent(t, bucket, 'b', Buffer.from('content'));
			await other.close();
		},
		needed,
	);

	add(
		'copy:missing',
		'a copy of a missing object fails with NOT_FOUND',
		async (t, bucket) => {
			await failsWith(t, bucket.driver.copyFrom!(bucket.driver, 'none', 'b', {}), 'NOT_FOUND');
			t.false(await bucket.exists('b'));
		},
		needed,
	);

	add(
		'copy:pin',
		'a copy of a replaced revision fails with SOURCE_CHANGED',
		async (t, bucket) => {
			await bucket.put('a', 'first');
			const {revision} = await bucket.stat('a');
			await bucket.put('a', 'other');
			await failsWith(t, bucket.driver.copyFrom!(bucket.driver, 'a', 'b', {pin: revision}), 'SOURCE_CHANGED');
			t.false(await bucket.exists('b'));
		},
		{...needed, 'read.pin': capabilities.read.pin},
	);
};
