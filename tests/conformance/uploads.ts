import type {Bucket} from '../../source/bucket/index.ts';
import type {PartReceipt, UploadSession} from '../../source/contract/index.ts';
import {bodyOf, crc32c} from '../../source/streams/index.ts';
import type {Suite} from './suite.ts';
import {assertContent, assertNothingLeft, collect, content} from './tools.ts';

/** An upload that someone began and left. */
const abandon = async (bucket: Bucket, key: string, bytes: Buffer): Promise<{session: UploadSession; receipt: PartReceipt}> => {
	const session = await bucket.driver.begin!(key, {});
	const receipt = await session.part({number: 1, offset: 0, body: bodyOf(bytes)}, {});
	return {session, receipt};
};

export const addUploads = ({add, capabilities, harness, partSize}: Suite): void => {
	const needed = {parts: capabilities.parts, uploads: capabilities.uploads};
	const bytes = content(partSize);

	add(
		'uploads:none',
		'a bucket without unfinished uploads lists none',
		async (t, bucket) => {
			t.deepEqual(await collect(bucket.uploads()), []);
		},
		needed,
	);

	add(
		'uploads:listed',
		'unfinished uploads are listed, by prefix too, and removed',
		async (t, bucket) => {
			await abandon(bucket, 'a/one two', bytes);
			await abandon(bucket, 'b/two', bytes);
			const all = await collect(bucket.uploads());
			t.deepEqual(all.map(({key}) => key).toSorted(), ['a/one two', 'b/two']);
			t.deepEqual(
				(await collect(bucket.uploads({prefix: 'b/'}))).map(({key}) => key),
				['b/two'],
			);
			await Promise.all(all.map(upload => bucket.removeUpload(upload)));
			await assertNothingLeft(t, bucket, 'a/one two');
		},
		needed,
	);

	add(
		'uploads:removed-elsewhere',
		'another process removes an upload by its token',
		async (t, bucket) => {
			const {session} = await abandon(bucket, 'a', bytes);
			const other = await harness.reopen(bucket);
			await other.removeUpload(JSON.parse(JSON.stringify(session.token)));
			await other.removeUpload(session.token);
			await other.close();
			await assertNothingLeft(t, bucket, 'a');
		},
		needed,
	);

	add(
		'uploads:continued',
		'another process continues an upload by its token',
		async (t, bucket) => {
			const whole = content(partSize + 5);
			const {session, receipt} = await abandon(bucket, 'a', whole.subarray(0, partSize));
			const other = await harness.reopen(bucket);
			const resumed = other.driver.resume!(session.token);
			const second = await resumed.part({number: 2, offset: partSize, body: bodyOf(whole.subarray(partSize))}, {});
			await resumed.complete([JSON.parse(JSON.stringify(receipt)), second], {size: whole.length, crc32c: crc32c(whole)});
			await other.close();
			await assertContent(t, bucket, 'a', whole);
			t.deepEqual(await collect(bucket.uploads()), []);
		},
		needed,
	);
};
