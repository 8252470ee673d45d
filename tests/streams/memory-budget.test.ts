import test from 'ava';
import {createMemoryBudget} from '../../source/streams/index.ts';

test('buffers have exactly the size asked for and count against the limit', async t => {
	const budget = createMemoryBudget(100);
	const buffer = await budget.acquire(60);
	t.is(buffer.length, 60);
	t.is(buffer.buffer.byteLength, 60);
	t.is(budget.used, 60);
	t.is(budget.tryAcquire(41), undefined);
	t.is(budget.tryAcquire(40)?.length, 40);
});

test('a buffer that came back is used again', async t => {
	const budget = createMemoryBudget(100);
	const buffer = await budget.acquire(50);
	budget.release(buffer);
	t.is(budget.used, 0);
	t.is(await budget.acquire(50), buffer);
});

test('a free buffer makes room for one of another size', async t => {
	const budget = createMemoryBudget(100);
	const first = await budget.acquire(100);
	budget.release(first);
	const other = await budget.acquire(80);
	budget.release(other);
	t.not(await budget.acquire(100), first);
});

test('waiters are served in order: a large request is not overtaken by small ones', async t => {
	const budget = createMemoryBudget(100);
	const [first, second] = [await budget.acquire(50), await budget.acquire(50)];
	const served: string[] = [];
	const large = budget.acquire(100).then(buffer => {
		served.push('large');
		return buffer;
	});
	const small = budget.acquire(10).then(() => served.push('small'));

	budget.release(first);
	t.is(budget.tryAcquire(10), undefined, 'others wait already');
	t.deepEqual(served, []);
	budget.release(second);
	const buffer = await large;
	t.deepEqual(served, ['large']);
	budget.release(buffer);
	await small;
	t.deepEqual(served, ['large', 'small']);
});

test('a waiter that is aborted makes way for the next one', async t => {
	const budget = createMemoryBudget(100);
	await budget.acquire(60);
	const controller = new AbortController();
	const large = budget.acquire(100, controller.signal);
	const small = budget.acquire(40);
	controller.abort(new Error('enough'));
	const error = await t.throwsAsync(large, {code: 'CANCELLED'});
	t.like(error.cause, {message: 'enough'});
	t.is((await small).length, 40);
	await t.throwsAsync(budget.acquire(1, AbortSignal.abort()), {code: 'CANCELLED'});
});

test('a request above the limit is refused and says what to set', async t => {
	const budget = createMemoryBudget(100);
	await t.throwsAsync(budget.acquire(101), {code: 'INVALID_ARGUMENT', message: /raise `memory` or lower `partSize`/});
});

test('a higher limit serves waiters, a lower one refuses those who can never be served', async t => {
	const budget = createMemoryBudget(100);
	const buffer = await budget.acquire(100);
	const waiting = budget.acquire(80);
	budget.limit = 200;
	t.is((await waiting).length, 80);

	const never = budget.acquire(90);
	budget.limit = 50;
	await t.throwsAsync(never, {code: 'INVALID_ARGUMENT'});
	t.is(budget.tryAcquire(10), undefined);
	budget.release(buffer);
	t.is(budget.used, 80);
});

test('a buffer that is given back twice is lent once', async t => {
	const budget = createMemoryBudget(100);
	const buffer = await budget.acquire(50);
	budget.release(buffer);
	budget.release(buffer);
	t.is(budget.used, 0);
	t.not(await budget.acquire(50), await budget.acquire(50));
});
