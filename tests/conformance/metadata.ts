import type {Bucket, WriteOptions} from '../../source/bucket/index.ts';
import {SluiceError} from '../../source/contract/index.ts';
import type {Suite} from './suite.ts';
import {assertNothingLeft, content, failsWith} from './tools.ts';

const headers = {
	contentType: 'text/plain; charset=utf-8',
	cacheControl: 'max-age=60, public',
	contentDisposition: 'attachment; filename="a b.txt"',
	contentEncoding: 'gzip',
	contentLanguage: 'de, en',
} as const;

/** Both ways to write: one request, and parts. */
const ways = ({partSize, capabilities: {parts}}: Suite) => {
	const stream = (bucket: Bucket, options: WriteOptions) => bucket.put('a', content(2 * partSize), {...options, partSize});
	return [
		{way: 'put', needed: {}, write: (bucket: Bucket, options: WriteOptions) => bucket.put('a', 'content', options)},
		{way: 'parts', needed: {parts}, write: stream},
	];
};

const addKept = (suite: Suite): void => {
	const {add, capabilities} = suite;
	for (const {way, needed, write} of ways(suite)) {
		add(
			`metadata:${way}:names`,
			`metadata of an object written by ${way} comes back with names in lower case`,
			async (t, bucket) => {
				await write(bucket, {metadata: {Color: 'Blue', 'with-dash': 'a, b; c="d"', n1: '1'}});
				const {metadata} = await bucket.stat('a');
				t.deepEqual({...metadata}, {color: 'Blue', 'with-dash': 'a, b; c="d"', n1: '1'});
				t.is(Object.getPrototypeOf(metadata), null);
			},
			{...needed, metadata: capabilities.metadataMaximum > 0},
		);

		add(
			`metadata:${way}:headers`,
			`content headers of an object written by ${way} come back`,
			async (t, bucket) => {
				await write(bucket, headers);
				t.like((await bucket.stat('a')).headers, headers);
			},
			{...needed, contentHeaders: capabilities.contentHeaders},
		);

		add(
			`metadata:${way}:type`,
			`the content type of an object written by ${way} comes back, from a read too`,
			async (t, bucket) => {
				await write(bucket, {contentType: 'image/png'});
				t.is((await bucket.stat('a')).headers.contentType, 'image/png');
				const answer = await bucket.read('a', {}, () => {});
				t.is(answer.info.headers.contentType, 'image/png');
			},
			needed,
		);
	}

	add('metadata:none', 'an object without metadata has none, and a later write drops what was there', async (t, bucket) => {
		await bucket.put('a', 'content', capabilities.metadataMaximum > 0 ? {metadata: {color: 'blue'}} : {});
		await bucket.put('a', 'content');
		t.deepEqual({...(await bucket.stat('a')).metadata}, {});
	});
};

const addOdd = ({add, capabilities}: Suite): void => {
	const needed = {metadata: capabilities.metadataMaximum > 0};

	add(
		'metadata:proto',
		'a metadata name such as __proto__ is data',
		async (t, bucket) => {
			await bucket.put('a', 'content', {metadata: JSON.parse('{"__proto__": "x", "constructor": "y"}')});
			const {metadata} = await bucket.stat('a');
			t.deepEqual(Object.entries(metadata).toSorted(), [
				['__proto__', 'x'],
				['constructor', 'y'],
			]);
			t.is(({} as Record<string, unknown>).x, undefined);
		},
		needed,
	);

	add(
		'metadata:non-ascii',
		'a metadata value beyond ASCII is kept, or refused before anything is written',
		async (t, bucket) => {
			try {
				await bucket.put('a', 'content', {metadata: {color: 'grün 🌊'}});
			} catch (error) {
				t.true(error instanceof SluiceError && error.code === 'INVALID_ARGUMENT', String(error));
				await assertNothingLeft(t, bucket, 'a');
				return;
			}

			t.is((await bucket.stat('a')).metadata.color, 'grün 🌊');
		},
		needed,
	);

	add(
		'metadata:too-much',
		'more metadata than the provider keeps is refused',
		async (t, bucket) => {
			await failsWith(t, bucket.put('a', 'content', {metadata: {x: 'y'.repeat(capabilities.metadataMaximum)}}), 'INVALID_ARGUMENT');
			await assertNothingLeft(t, bucket, 'a');
		},
		needed,
	);

	add('metadata:injection', 'what could split a header is refused', async (t, bucket) => {
		const refused: readonly WriteOptions[] = [
			{metadata: {a: 'b\r\nc: d'}},
			{metadata: {'a\r\nb': 'c'}},
			{metadata: {'a: b': 'c'}},
			{metadata: {a: 'b', A: 'c'}},
			{contentType: 'text/plain\r\nx-a: b'},
			{contentDisposition: 'a\u0000'},
		];

		for (const options of refused) {
			await failsWith(t, bucket.put('a', 'content', options), 'INVALID_ARGUMENT', 'UNSUPPORTED');
		}

		await assertNothingLeft(t, bucket, 'a');
	});
};

export const addMetadata = (suite: Suite): void => {
	addKept(suite);
	addOdd(suite);
};
