import type {Bucket} from '../../source/bucket/index.ts';
import type {PartReceipt, UploadSession} from '../../source/contract/index.ts';
import {bodyOf, crc32c} from '../../source/streams/index.ts';
import type {Suite} from './suite.ts';
import {assertContent, assertNothingLeft, assertNoUploads, content, failsWith} from './tools.ts';

/** Sends one part of an object. */
const sendPart = (session: UploadSession, bytes: Buffer, partSize: number, number: number): Promise<PartReceipt> => {
	const offset = (number - 1) * partSize;
	return session.part({number, offset, body: bodyOf(bytes.subarray(offset, offset + partSize))}, {});
};

const begin = (bucket: Bucket, size?: number): Promise<UploadSession> => bucket.driver.begin!('a.bin', {size});

const whole = (bytes: Buffer) => ({size: bytes.length, crc32c: crc32c(bytes)});

/** What providers say of a session that is over. Some notice a part only when it is completed. */
const gone = ['UPLOAD_NOT_FOUND', 'NOT_FOUND'] as const;

export const addParts = ({add, capabilities: {parts}, partSize}: Suite): void => {
	const needed = {parts};
	const bytes = content(2 * partSize + 7);

	add(
		'parts:order',
		'parts sent backwards and at once make up the object',
		async (t, bucket) => {
			const session = await begin(bucket, bytes.length);
			const receipts = await Promise.all([3, 2, 1].map(number => sendPart(session, bytes, partSize, number)));
			const info = await session.complete(receipts.toReversed(), whole(bytes));
			t.is(info.size, bytes.length);
			await assertContent(t, bucket, 'a.bin', bytes);
		},
		{...needed, 'parts.parallel': parts?.parallel},
	);

	add(
		'parts:resent',
		'a part that is sent again takes the place of the earlier one',
		async (t, bucket) => {
			const session = await begin(bucket);
			await sendPart(session, content(bytes.length, 2), partSize, 1);
			const receipts: PartReceipt[] = [];
			for (const number of [1, 2, 3]) {
				receipts.push(await sendPart(session, bytes, partSize, number));
			}

			await session.complete(receipts, whole(bytes));
			await assertContent(t, bucket, 'a.bin', bytes);
		},
		needed,
	);

	add(
		'parts:receipt',
		'a receipt has number, size and CRC32C of its part and survives JSON',
		async (t, bucket) => {
			const session = await begin(bucket);
			const receipt = await sendPart(session, bytes, partSize, 1);
			t.is(receipt.number, 1);
			t.is(receipt.size, partSize);
			t.is(receipt.crc32c, crc32c(bytes.subarray(0, partSize)));
			t.deepEqual(JSON.parse(JSON.stringify(receipt)), {...receipt});
			await session.abort({});
		},
		needed,
	);

	add(
		'parts:invisible',
		'parts are not visible, and an aborted session leaves nothing',
		async (t, bucket) => {
			const session = await begin(bucket);
			await sendPart(session, bytes, partSize, 1);
			await failsWith(t, bucket.stat('a.bin'), 'NOT_FOUND');
			await session.abort({});
			await assertNothingLeft(t, bucket, 'a.bin');
		},
		needed,
	);

	add(
		'parts:abort-twice',
		'a session can be aborted again',
		async (t, bucket) => {
			const session = await begin(bucket);
			await session.abort({});
			await t.notThrowsAsync(session.abort({}));
		},
		needed,
	);

	add(
		'parts:complete-aborted',
		'an aborted session cannot be completed',
		async (t, bucket) => {
			const session = await begin(bucket);
			const receipt = await sendPart(session, bytes, partSize, 1);
			await session.abort({});
			await failsWith(t, session.complete([receipt], whole(bytes.subarray(0, partSize))), ...gone);
			await assertNothingLeft(t, bucket, 'a.bin');
		},
		needed,
	);

	add(
		'parts:two-sessions',
		'two uploads to one key do not mix',
		async (t, bucket) => {
			const other = content(partSize, 3);
			const [first, second] = [await begin(bucket), await begin(bucket)];
			t.not(first.token, second.token);
			const receipt = await sendPart(first, bytes, partSize, 1);
			await sendPart(second, other, partSize, 1);
			await second.abort({});
			await first.complete([receipt], whole(bytes.subarray(0, partSize)));
			await assertContent(t, bucket, 'a.bin', bytes.subarray(0, partSize));
			await assertNoUploads(t, bucket);
		},
		needed,
	);
};
