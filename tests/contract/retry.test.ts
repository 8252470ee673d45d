import test from 'ava';
import {createRetrier, defaultRetryPolicy, pauseBefore, type RetryMeans, SluiceError} from '../../source/contract/index.ts';
import {KIB} from '../../source/utils/sizes.ts';

const transient = (): SluiceError => new SluiceError('UNAVAILABLE', 'not now');
const throttled = (rest: {retryAfterMilliseconds?: number} = {}): SluiceError => new SluiceError('RATE_LIMITED', 'slow down', rest);

/** A clock that only sleeping moves. */
const fakeMeans = (random = 0.5): {means: RetryMeans; pauses: number[]} => {
	const pauses: number[] = [];
	let now = 0;
	const means: RetryMeans = {
		now: () => now,
		random: () => random,
		async sleep(milliseconds) {
			pauses.push(milliseconds);
			now += milliseconds;
		},
	};
	return {means, pauses};
};

/** Fails with these errors, then succeeds. */
const failing = (...errors: unknown[]) => {
	let calls = 0;
	const attempt = async () => {
		calls++;
		if (errors.length > 0) {
			throw errors.shift();
		}

		return 'done';
	};
	return {attempt, calls: () => calls};
};

test('a transient failure is repeated, with pauses that double', async t => {
	const {means, pauses} = fakeMeans(1);
	const {attempt, calls} = failing(transient(), transient(), transient());
	t.is(await createRetrier(defaultRetryPolicy, means).run(attempt), 'done');
	t.is(calls(), 4);
	t.deepEqual(pauses, [50, 100, 200]);
});

test('throttling pauses from a second on, up to the longest pause', async t => {
	const {means, pauses} = fakeMeans(1);
	const {attempt} = failing(...Array.from({length: 7}, () => throttled()));
	await createRetrier({...defaultRetryPolicy, attempts: 10}, means).run(attempt);
	t.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
});

test('jitter is between nothing and the whole pause', t => {
	for (const attempt of [1, 2, 5]) {
		t.is(
			pauseBefore(transient(), attempt, defaultRetryPolicy, () => 0),
			0,
		);
		t.is(
			pauseBefore(transient(), attempt, defaultRetryPolicy, () => 1),
			50 * 2 ** (attempt - 1),
		);
	}
});

test('the pause that a server asks for is kept, plus at most a fifth, up to a minute', t => {
	const pause = (retryAfterMilliseconds: number, chance: number) =>
		pauseBefore(throttled({retryAfterMilliseconds}), 1, defaultRetryPolicy, () => chance);
	t.is(pause(2000, 0), 2000);
	t.is(pause(2000, 1), 2400);
	t.is(pause(3_600_000, 0), 60_000);
	t.is(pause(0, 1), 0);
	t.is(pause(-1, 1), 1000);
});

test('after five tries without progress the error comes out and says so', async t => {
	const {means} = fakeMeans();
	const {attempt, calls} = failing(...Array.from({length: 9}, transient));
	const error = await t.throwsAsync<SluiceError>(createRetrier(defaultRetryPolicy, means).run(attempt), {code: 'UNAVAILABLE'});
	t.is(calls(), 5);
	t.is(error.attempts, 5);
});

test('progress starts the count of tries anew, too little progress does not', async t => {
	const {means} = fakeMeans();
	const retrier = createRetrier({...defaultRetryPolicy, budget: 1e6}, means);
	let gained = 0;
	const errors = Array.from({length: 40}, transient);
	const {attempt, calls} = failing(...errors);
	const advance = (step: number) => async () => {
		gained += step;
		return attempt();
	};
	t.is(await retrier.run(advance(64 * KIB), {progress: () => gained}), 'done');
	t.is(calls(), 41);

	const slow = failing(...Array.from({length: 40}, transient));
	const progress = {progress: () => gained};
	await t.throwsAsync(
		retrier.run(async () => {
			gained += 10;
			return slow.attempt();
		}, progress),
		{code: 'UNAVAILABLE'},
	);
	t.is(slow.calls(), 5);
});

test('an outage ends after its time, however many tries are left', async t => {
	const {means, pauses} = fakeMeans(1);
	const policy = {...defaultRetryPolicy, attempts: 1000, outageMilliseconds: 5000, budget: 1e6};
	await t.throwsAsync(createRetrier(policy, means).run(failing(...Array.from({length: 1000}, transient)).attempt), {code: 'UNAVAILABLE'});
	t.true(pauses.reduce((sum, pause) => sum + pause, 0) < 5000 + 6400);
});

test('errors that no retry can help come out at once, those that are not ours untouched', async t => {
	const {means, pauses} = fakeMeans();
	const retrier = createRetrier(defaultRetryPolicy, means);
	const denied = new SluiceError('PERMISSION_DENIED', 'no');
	t.is(await t.throwsAsync(retrier.run(failing(denied).attempt)), denied);
	const bug = new TypeError('bug');
	t.is(await t.throwsAsync(retrier.run(failing(bug).attempt)), bug);
	t.false('attempts' in bug);
	t.deepEqual(pauses, []);
});

test('an empty token bucket stops all calls of a bucket from retrying, successes fill it again', async t => {
	const {means} = fakeMeans();
	const retrier = createRetrier({...defaultRetryPolicy, budget: 30}, means);
	const first = failing(...Array.from({length: 9}, transient));
	await t.throwsAsync(retrier.run(first.attempt));
	t.is(first.calls(), 3, '30 tokens pay for two retries of 14');

	const second = failing(transient());
	await t.throwsAsync(retrier.run(second.attempt), {code: 'UNAVAILABLE'});
	t.is(second.calls(), 1);

	for (let call = 0; call < 12; call++) {
		await retrier.run(failing().attempt);
	}

	const third = failing(transient());
	t.is(await retrier.run(third.attempt), 'done');
});

test('an aborted signal ends the pause and prevents further tries', async t => {
	const controller = new AbortController();
	const {attempt, calls} = failing(throttled({retryAfterMilliseconds: 60_000}));
	const run = createRetrier().run(attempt, {
		signal: controller.signal,
		onRetry: () => void setImmediate(() => controller.abort(new Error('enough'))),
	});
	const error = await t.throwsAsync(run, {code: 'CANCELLED'});
	t.like(error.cause, {message: 'enough'});
	t.is(calls(), 1);
	await t.throwsAsync(createRetrier().run(attempt, {signal: controller.signal}), {code: 'CANCELLED'});
	t.is(calls(), 1);
});

test('each pause is told, with the error and the try that failed', async t => {
	const {means} = fakeMeans(1);
	const events: unknown[] = [];
	const [first, second] = [transient(), throttled()];
	await createRetrier(defaultRetryPolicy, means).run(failing(first, second).attempt, {onRetry: event => events.push(event)});
	t.deepEqual(events, [
		{error: first, attempt: 1, pauseMilliseconds: 50},
		{error: second, attempt: 2, pauseMilliseconds: 2000},
	]);
});
