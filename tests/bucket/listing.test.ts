import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {createRetrier, defaultRetryPolicy, type ListPage, type ListPageOptions} from '../../source/contract/index.ts';
import {collect, failsWith, keysOf} from '../conformance/tools.ts';
import {fakeCapabilities, fakeDriver, gate} from './fake-driver.ts';

const page = (keys: readonly string[], next?: string): ListPage => ({entries: keys.map(key => ({key, size: 1})), prefixes: [], next});

const retrier = createRetrier(defaultRetryPolicy, {now: () => 0, random: () => 0, sleep: async () => {}});

/** A bucket whose listing answers by the token. */
const listed = (
	answer: (token: string | undefined, options: ListPageOptions) => ListPage | Promise<ListPage>,
	order: 'bytes' | 'none' = 'bytes',
) => {
	const asked: (string | undefined)[] = [];
	const driver = fakeDriver({
		capabilities: {list: {...fakeCapabilities.list, order}},
		async list(options) {
			asked.push(options.token);
			return answer(options.token, options);
		},
	});
	return {bucket: new Bucket(driver, {retrier}), asked};
};

test('the next page is fetched while one is looked at, and only one', async t => {
	const {bucket, asked} = listed(token => page([`k${token ?? ''}`], token === '111' ? undefined : `${token ?? ''}1`));
	const pages = bucket.pages();
	await pages.next();
	await setImmediate();
	t.deepEqual(asked, [undefined, '1']);
	t.deepEqual(await keysOf(bucket), ['k', 'k1', 'k11', 'k111']);
	await pages.return();
});

test('leaving a listing aborts the page that is on its way', async t => {
	const second = gate<ListPage>();
	const {bucket} = listed((token, {signal}) => {
		signal?.addEventListener('abort', () => second.fail(signal.reason));
		return token ? second.promise : page(['a'], 'next');
	});
	for await (const {key} of bucket.list()) {
		t.is(key, 'a');
		break;
	}

	await t.throwsAsync(second.promise);
});

const manyKeys = (token: string | undefined): string[] => [`k${token ?? '0'}`];

for (const [what, answer] of [
	['the same token for ever', () => page(['a'], 'same')],
	['empty pages for ever', (token: string | undefined) => page([], `${Number(token ?? 0) + 1}`)],
	['tokens in a circle of two', (token: string | undefined) => page(manyKeys(token), token === 'x' ? 'y' : 'x')],
	['tokens in a circle of three', (token: string | undefined) => page(manyKeys(token), {x: 'y', y: 'z', z: 'x'}[token ?? 'z'])],
] as const) {
	for (const order of ['bytes', 'none'] as const) {
		test(`a listing with ${what} is stuck after a few pages, with keys in the order ${order}`, async t => {
			const {bucket, asked} = listed(answer, order);
			await failsWith(t, keysOf(bucket), 'LIST_STUCK');
			t.true(asked.length <= 5, `${asked.length} requests`);
		});
	}
}

test('keys that go backwards, or come twice, are stuck where there is an order', async t => {
	await failsWith(t, keysOf(listed(() => page(['b', 'a'])).bucket), 'LIST_STUCK');
	await failsWith(t, keysOf(listed(() => page(['b', 'b'])).bucket), 'LIST_STUCK');
	await failsWith(t, keysOf(listed(token => (token ? page(['b']) : page(['a', 'c'], 'next'))).bucket), 'LIST_STUCK');
	t.deepEqual(await keysOf(listed(() => page(['b', 'a']), 'none').bucket), ['b', 'a']);
});

test('the order is that of UTF-8, not of UTF-16', async t => {
	t.deepEqual(await keysOf(listed(() => page(['\uFFFD', '😀'])).bucket), ['\uFFFD', '😀']);
});

test('two empty pages are no reason to give up', async t => {
	const pages: Record<string, ListPage> = {'': page([], '1'), 1: page([], '2'), 2: page(['a'])};
	t.deepEqual(await keysOf(listed(token => pages[token ?? '']!).bucket), ['a']);
});

test('a key outside of the prefix is refused', async t => {
	const error = await failsWith(t, keysOf(listed(() => page(['a/1', 'b'])).bucket, {prefix: 'a/'}), 'BAD_RESPONSE');
	t.is(error.key, 'b');
	const folded = listed(() => ({entries: [], prefixes: ['b/']})).bucket;
	await failsWith(t, collect(folded.list({prefix: 'a', delimiter: '/'})), 'BAD_RESPONSE');
});

test('what the provider cannot list by is refused', async t => {
	const driver = fakeDriver({capabilities: {list: {order: 'none', delimiter: false, startAfter: false}}});
	const bucket = new Bucket(driver);
	t.regex((await failsWith(t, keysOf(bucket, {delimiter: '/'}), 'UNSUPPORTED')).message, /list\.delimiter/);
	t.regex((await failsWith(t, keysOf(bucket, {startAfter: 'a'}), 'UNSUPPORTED')).message, /list\.startAfter/);
	await failsWith(t, keysOf(bucket, {delimiter: ''}), 'INVALID_ARGUMENT');
});
