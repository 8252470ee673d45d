import type {SluiceError} from '../../source/contract/index.ts';
import type {Suite} from './suite.ts';
import {assertContent, assertNoUploads, content, failsWith} from './tools.ts';

const addAbsent = ({add, capabilities: {conditions, parts}, partSize}: Suite): void => {
	const needed = {'conditions.absent': conditions.absent === 'enforced'};
	const condition = {absent: true};

	add(
		'condition:absent',
		'a create-only write creates an object and then refuses to replace it',
		async (t, bucket) => {
			await bucket.put('a', 'first', {condition});
			await failsWith(t, bucket.put('a', 'second', {condition}), 'ALREADY_EXISTS');
			await assertContent(t, bucket, 'a', Buffer.from('first'));
		},
		needed,
	);

	add(
		'condition:absent:parts',
		'a create-only upload in parts refuses to replace an object and leaves nothing',
		async (t, bucket) => {
			await bucket.put('a', 'first');
			await failsWith(t, bucket.put('a', content(2 * partSize + 1), {condition, partSize}), 'ALREADY_EXISTS');
			await assertContent(t, bucket, 'a', Buffer.from('first'));
			await assertNoUploads(t, bucket);
		},
		{...needed, parts},
	);

	for (const way of ['put', 'parts'] as const) {
		const size = way === 'put' ? 1000 : 2 * partSize;
		add(
			`condition:race:${way}`,
			`of 20 create-only writers by ${way} one wins`,
			async (t, bucket) => {
				const contents = Array.from({length: 20}, (_, index) => content(size, index + 1));
				const results = await Promise.allSettled(contents.map(bytes => bucket.put('a', bytes, {condition, partSize})));
				const winners = contents.filter((_, index) => results[index]?.status === 'fulfilled');
				const codes = results.flatMap(result => (result.status === 'rejected' ? (result.reason as SluiceError).code : []));
				t.is(winners.length, 1);
				t.true(
					codes.every(code => code === 'ALREADY_EXISTS' || code === 'CONFLICT'),
					codes.join(),
				);
				await assertContent(t, bucket, 'a', winners[0]!);
				await assertNoUploads(t, bucket);
			},
			way === 'put' ? needed : {...needed, parts},
		);
	}
};

const addRevision = ({add, capabilities: {conditions}}: Suite): void => {
	const needed = {'conditions.revision': conditions.revision === 'enforced'};

	add(
		'condition:revision',
		'a write over a revision succeeds once',
		async (t, bucket) => {
			await bucket.put('a', 'first');
			const {revision} = await bucket.stat('a');
			await bucket.put('a', 'second', {condition: {revision}});
			await failsWith(t, bucket.put('a', 'third', {condition: {revision}}), 'PRECONDITION_FAILED');
			await assertContent(t, bucket, 'a', Buffer.from('second'));
		},
		needed,
	);

	add(
		'condition:revision:missing',
		'a write over a revision of an object that is gone creates none',
		async (t, bucket) => {
			await bucket.put('a', 'first');
			const {revision} = await bucket.stat('a');
			await bucket.remove('a');
			await failsWith(t, bucket.put('a', 'second', {condition: {revision}}), 'PRECONDITION_FAILED', 'NOT_FOUND');
			t.false(await bucket.exists('a'));
		},
		needed,
	);
};

/** What cannot be enforced is refused, never dropped. */
const addRefused = ({add, capabilities: {conditions}}: Suite): void => {
	for (const [name, condition] of [
		['absent', {absent: true}],
		['revision', {revision: 'r'}],
	] as const) {
		if (conditions[name] === 'none') {
			add(`condition:${name}:none`, `a write under the condition ${name}, which cannot be enforced, is refused`, async (t, bucket) => {
				const error = await failsWith(t, bucket.put('a', 'x', {condition}), 'UNSUPPORTED');
				t.true(error.message.includes(`conditions.${name}`));
				t.false(await bucket.exists('a'));
			});
		}
	}
};

export const addConditions = (suite: Suite): void => {
	addAbsent(suite);
	addRevision(suite);
	addRefused(suite);
};
