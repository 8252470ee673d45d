import {Buffer} from 'node:buffer';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {reliable} from '../../source/bucket/index.ts';
import {
	type Consume,
	createRetrier,
	type Driver,
	defaultRetryPolicy,
	type ReadAnswer,
	type ReadCallOptions,
	SluiceError,
} from '../../source/contract/index.ts';
import {content} from '../conformance/tools.ts';
import {fakeDriver, fakeInfo, lost} from './fake-driver.ts';

const bytes = content(1000);

/** One answer of a scripted server. */
interface Step {
	/** Gives up after so many bytes, with this error. */
	readonly after?: number;
	readonly error?: unknown;
	readonly revision?: string | null;
	readonly answer?: Partial<ReadAnswer>;
	readonly size?: number;
	/** Bytes that come behind the promised ones. */
	readonly surplus?: number;
}

const retrier = createRetrier(defaultRetryPolicy, {now: () => 0, random: () => 0, sleep: async () => {}});

/** Plays the steps, one a request, and writes down what was asked for. */
const scripted = (steps: Step[], capabilities: Partial<Driver['capabilities']> = {}): {driver: Driver; asked: ReadCallOptions[]} => {
	const asked: ReadCallOptions[] = [];
	const read = async (_key: string, options: ReadCallOptions, consume: Consume): Promise<ReadAnswer> => {
		asked.push(options);
		const step = steps.shift() ?? {};
		const start = options.range?.start ?? 0;
		const end = Math.min(options.range?.end ?? 999, 999);
		const revision = step.revision === null ? undefined : (step.revision ?? 'r1');
		const answer: ReadAnswer = {info: fakeInfo(step.size ?? 1000, {revision}), start, length: end - start + 1, ...step.answer};
		if (step.after !== 0 || !step.error) {
			options.onAnswer?.(answer);
		}

		const last = step.after === undefined ? end + 1 : start + step.after;
		for (let offset = start; offset < last; offset += 100) {
			await consume(bytes.subarray(offset, Math.min(last, offset + 100)));
		}

		if (step.surplus) {
			await consume(Buffer.alloc(step.surplus));
		}

		if (step.error) {
			throw step.error;
		}

		return answer;
	};

	return {driver: reliable(fakeDriver({read, capabilities}), retrier, {bucket: 'bucket'}), asked};
};

/** Collects what a consumer was given, copied. */
const sink = () => {
	const chunks: Buffer[] = [];
	const consume: Consume = async chunk => {
		chunks.push(Buffer.from(chunk));
		await null;
	};
	return {consume, bytes: () => Buffer.concat(chunks)};
};

test('a body that breaks is continued at the byte reached, pinned to the revision', async t => {
	const {driver, asked} = scripted([
		{after: 250, error: lost()},
		{after: 1, error: new SluiceError('TIMEOUT', 'silent')},
		{after: 300, error: lost()},
	]);
	const {consume, bytes: received} = sink();
	const answers: ReadAnswer[] = [];
	await driver.read('key', {onAnswer: answer => answers.push(answer)}, consume);
	t.true(received().equals(bytes));
	t.deepEqual(
		asked.map(({range, pin}) => ({range, pin})),
		[
			{range: undefined, pin: undefined},
			{range: {start: 250, end: 999}, pin: 'r1'},
			{range: {start: 251, end: 999}, pin: 'r1'},
			{range: {start: 551, end: 999}, pin: 'r1'},
		],
	);
	t.is(answers.length, 1);
});

test('a range is continued inside of the range', async t => {
	const {driver, asked} = scripted([{after: 100, error: lost()}]);
	const {consume, bytes: received} = sink();
	await driver.read('key', {range: {start: 200, end: 499}}, consume);
	t.true(received().equals(bytes.subarray(200, 500)));
	t.deepEqual(asked[1]?.range, {start: 300, end: 499});
});

test('a body that ends early without an error is continued too', async t => {
	const {driver, asked} = scripted([{after: 400}]);
	const {consume, bytes: received} = sink();
	await driver.read('key', {}, consume);
	t.true(received().equals(bytes));
	t.is(asked.length, 2);
});

test('a connection that breaks behind the last byte has given everything', async t => {
	const {driver, asked} = scripted([{after: 1000, error: lost()}]);
	const {consume, bytes: received} = sink();
	await driver.read('key', {}, consume);
	t.true(received().equals(bytes));
	t.is(asked.length, 1);
});

test('a read that always breaks gives up, and says after how many tries', async t => {
	const {driver} = scripted(Array.from({length: 20}, () => ({after: 1, error: lost()})));
	const error = await t.throwsAsync<SluiceError>(
		driver.read('key', {}, () => {}),
		{code: 'CONNECTION_LOST'},
	);
	t.like(error, {attempts: 5, bucket: 'bucket', provider: 'fake', operation: 'read', key: 'key'});
});

test('without a revision a read is repeated while nothing was delivered, and not afterwards', async t => {
	const before = scripted([{after: 0, error: lost(), revision: null}, {revision: null}]);
	const {consume, bytes: received} = sink();
	await before.driver.read('key', {}, consume);
	t.true(received().equals(bytes));

	const after = scripted([{after: 10, error: lost(), revision: null}]);
	await t.throwsAsync(
		after.driver.read('key', {}, () => {}),
		{code: 'CONNECTION_LOST'},
	);
	t.is(after.asked.length, 1);
});

test('without ranges a read that has delivered bytes is not continued', async t => {
	const {driver, asked} = scripted([{after: 10, error: lost()}], {read: {ranges: false, pin: true}});
	await t.throwsAsync(
		driver.read('key', {}, () => {}),
		{code: 'CONNECTION_LOST'},
	);
	t.is(asked.length, 1);
});

for (const [what, step] of [
	['another revision', {revision: 'r2'}],
	['another size', {size: 2000}],
] as const) {
	test(`a continued read that finds ${what} fails with SOURCE_CHANGED, and no byte of it is delivered`, async t => {
		const {driver} = scripted([{after: 100, error: lost()}, step]);
		const {consume, bytes: received} = sink();
		await t.throwsAsync(driver.read('key', {}, consume), {code: 'SOURCE_CHANGED'});
		t.is(received().length, 100);
	});
}

test('a server that ignores the pin is noticed', async t => {
	const {driver} = scripted([{revision: 'r2'}]);
	const {consume, bytes: received} = sink();
	await t.throwsAsync(driver.read('key', {pin: 'r1'}, consume), {code: 'SOURCE_CHANGED'});
	t.is(received().length, 0);
});

for (const [what, range, answer, code] of [
	['the whole object for a range', {start: 10}, {start: 0, length: 1000}, 'RANGE_IGNORED'],
	['the whole object for its beginning', {start: 0, end: 9}, {start: 0, length: 1000}, 'RANGE_IGNORED'],
	['another range', {start: 10, end: 19}, {start: 11, length: 10}, 'RANGE_MISMATCH'],
	['a shorter range', {start: 10, end: 19}, {start: 10, length: 9}, 'RANGE_MISMATCH'],
	['a longer range', {start: 10, end: 19}, {start: 10, length: 11}, 'RANGE_MISMATCH'],
	['a part of the whole', undefined, {start: 0, length: 999}, 'RANGE_MISMATCH'],
] as const) {
	test(`an answer with ${what} fails with ${code}, and no byte of it is delivered`, async t => {
		const {driver} = scripted(Array.from({length: 9}, () => ({answer})));
		const {consume, bytes: received} = sink();
		await t.throwsAsync(driver.read('key', {range}, consume), {code});
		t.is(received().length, 0);
	});
}

test('the whole object for a range that covers it is right', async t => {
	const {driver} = scripted([{answer: {start: 0, length: 1000}}]);
	const {consume, bytes: received} = sink();
	await driver.read('key', {range: {start: 0, end: 5000}}, consume);
	t.true(received().equals(bytes));
});

test('bytes behind the promised length never reach the consumer', async t => {
	const {driver} = scripted(Array.from({length: 9}, () => ({surplus: 1})));
	const {consume, bytes: received} = sink();
	await t.throwsAsync(driver.read('key', {}, consume), {code: 'OVERLONG'});
	t.true(received().equals(bytes));
});

test('an error of the consumer is not repeated and comes out untouched, even if it is one of ours', async t => {
	for (const error of [new Error('enough'), new SluiceError('CONNECTION_LOST', 'sink broke')]) {
		const {driver, asked} = scripted([]);
		const thrown = await t.throwsAsync(
			driver.read('key', {}, async () => {
				await setImmediate();
				throw error;
			}),
		);
		t.is(thrown, error);
		t.is((thrown as SluiceError).attempts, undefined);
		t.is(asked.length, 1);

		const synchronous = driver.read('key', {}, () => {
			throw error;
		});
		t.is(await t.throwsAsync(synchronous), error);
	}
});

test('an error of onAnswer is not repeated and comes out untouched', async t => {
	const error = new SluiceError('UNAVAILABLE', 'of the caller');
	const {driver, asked} = scripted([]);
	const onAnswer = () => {
		throw error;
	};
	t.is(await t.throwsAsync(driver.read('key', {onAnswer}, () => {})), error);
	t.is(asked.length, 1);
});

test('the next request waits until the consumer has given its chunk back', async t => {
	let isLent = false;
	let calls = 0;
	const driver = reliable(
		fakeDriver({
			async read(_key, {range, onAnswer}, consume) {
				t.false(isLent);
				const start = range?.start ?? 0;
				onAnswer?.({info: fakeInfo(1000, {revision: 'r'}), start, length: 1000 - start});
				if (calls++ === 0) {
					consume(bytes.subarray(0, 500))?.catch(() => {});
					throw lost(); // While the chunk is still lent.
				}

				await consume(bytes.subarray(start));
				return {info: fakeInfo(1000), start, length: 1000 - start};
			},
		}),
		retrier,
	);
	const {consume, bytes: received} = sink();
	await driver.read('key', {}, async chunk => {
		isLent = true;
		await consume(chunk);
		await setImmediate();
		isLent = false;
	});
	t.true(received().equals(bytes));
});
