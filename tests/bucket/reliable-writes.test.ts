import test from 'ava';
import {reliable} from '../../source/bucket/index.ts';
import {
	createRetrier,
	type Driver,
	defaultRetryPolicy,
	type ErrorCode,
	type ObjectInfo,
	SluiceError,
	type UploadSession,
} from '../../source/contract/index.ts';
import {bodyOf, crc32c, streamedBody} from '../../source/streams/index.ts';
import {KIB} from '../../source/utils/sizes.ts';
import {content} from '../conformance/tools.ts';
import {fakeDriver, fakeInfo, lost, swallow, unavailable} from './fake-driver.ts';

const bytes = content(1000);
const policy = {...defaultRetryPolicy, budget: 1e6};
const retrier = createRetrier(policy, {now: () => 0, random: () => 0, sleep: async () => {}});
const make = (verbs: Parameters<typeof fakeDriver>[0]): Driver => reliable(fakeDriver(verbs), retrier, {bucket: 'bucket'});

test('a put that fails for a passing reason is sent again from the start', async t => {
	const sent: number[] = [];
	const driver = make({
		async put(_key, body) {
			let count = 0;
			await body.send(chunk => {
				count += chunk.length;
			});
			sent.push(count);
			if (sent.length < 3) {
				throw unavailable();
			}

			return fakeInfo(count);
		},
	});
	t.is((await driver.put('key', bodyOf(bytes), {})).size, 1000);
	t.deepEqual(sent, [1000, 1000, 1000]);
});

test('an error of the source is not repeated and comes out untouched, even if it is one of ours', async t => {
	for (const error of [new Error('source broke'), new SluiceError('CONNECTION_LOST', 'source broke')]) {
		let calls = 0;
		const driver = make({
			async put(_key, body) {
				calls++;
				await body.send(() => {}).catch(() => {});
				throw lost(); // What a connection says whose body was not finished.
			},
		});
		const body = streamedBody(10, async () => {
			throw error;
		});
		t.is(await t.throwsAsync(driver.put('key', body, {})), error);
		t.is((error as SluiceError).attempts, undefined);
		t.is(calls, 1);
	}
});

test('an error of the sink that came out through the source is one of the sink', async t => {
	let calls = 0;
	const driver = make({
		async put(_key, body) {
			await body.send(() => {
				if (calls++ === 0) {
					throw lost();
				}
			});
			return fakeInfo(10);
		},
	});
	await driver.put(
		'key',
		streamedBody(10, async write => write(content(10))),
		{},
	);
	t.is(calls, 2);
});

test('bytes gained start the count of tries anew', async t => {
	let calls = 0;
	const driver = make({
		async put(_key, body) {
			calls++;
			let sent = 0;
			await body.send(chunk => {
				sent += chunk.length;
				if (sent > calls * 64 * KIB) {
					throw lost();
				}
			});
			return fakeInfo(sent);
		},
	});
	const size = 20 * 64 * KIB;
	const body = streamedBody(size, async write => {
		for (let sent = 0; sent < size; sent += 64 * KIB) {
			await write(bytes.subarray(0, 0));
			await write(Buffer.alloc(64 * KIB));
		}
	});
	t.is((await driver.put('key', body, {})).size, size);
	t.is(calls, 20);
});

test('a body is not sent again before its last sending is over', async t => {
	let sending = 0;
	let calls = 0;
	const driver = make({
		async put(_key, body) {
			t.is(sending, 0);
			const sent = body.send(() => {});
			if (calls++ === 0) {
				throw unavailable(); // An early answer.
			}

			await sent;
			return fakeInfo(10);
		},
	});
	const body = streamedBody(10, async write => {
		sending++;
		await new Promise(resolve => setImmediate(resolve));
		await write(content(10));
		sending--;
	});
	await driver.put('key', body, {});
	t.is(calls, 2);
});

/** A provider whose answer to the first write is lost. */
const losingDriver = (code: ErrorCode, stored: ObjectInfo | undefined, read?: Driver['read']): Driver => {
	let calls = 0;
	const answer = async (): Promise<never> => {
		throw calls++ === 0 ? lost() : new SluiceError(code, 'second try');
	};

	return make({
		async put(_key, body) {
			await swallow(body);
			return answer();
		},
		async stat() {
			if (!stored) {
				throw new SluiceError('NOT_FOUND', 'none');
			}

			return stored;
		},
		read,
		begin: async () => ({token: 'token', complete: answer}) as unknown as UploadSession,
	});
};

const ours = {checksums: {crc32c: crc32c(bytes)}};
const readBack =
	(stored: Buffer): Driver['read'] =>
	async (_key, _options, consume) => {
		await consume(stored);
		return {info: fakeInfo(stored.length), start: 0, length: stored.length};
	};

test('a create-only write whose answer was lost has succeeded when the object is its own', async t => {
	const options = {condition: {absent: true}};
	const reported = fakeInfo(1000, ours);
	t.is(await losingDriver('ALREADY_EXISTS', reported).put('key', bodyOf(bytes), options), reported);

	const unreported = fakeInfo(1000);
	t.is(await losingDriver('ALREADY_EXISTS', unreported, readBack(bytes)).put('key', bodyOf(bytes), options), unreported);
});

test('a create-only write that finds another object after its answer was lost has failed', async t => {
	const options = {condition: {absent: true}};
	for (const driver of [
		losingDriver('ALREADY_EXISTS', fakeInfo(1000, {checksums: {crc32c: 1}})),
		losingDriver('ALREADY_EXISTS', fakeInfo(999)),
		losingDriver('ALREADY_EXISTS', fakeInfo(1000), readBack(content(1000, 2))),
		losingDriver('ALREADY_EXISTS', undefined),
	]) {
		await t.throwsAsync(driver.put('key', bodyOf(bytes), options), {code: 'ALREADY_EXISTS'});
	}
});

test('a create-only write that is refused at its first try is not looked up', async t => {
	const driver = make({
		put: async () => {
			throw new SluiceError('ALREADY_EXISTS', 'there');
		},
	});
	await t.throwsAsync(driver.put('key', bodyOf(bytes), {condition: {absent: true}}), {code: 'ALREADY_EXISTS'});
});

test('a completion whose answer was lost has succeeded when the object is there', async t => {
	const whole = {size: 1000, crc32c: crc32c(bytes)};
	const stored = fakeInfo(1000, ours);
	const session = await losingDriver('UPLOAD_NOT_FOUND', stored).begin!('key', {});
	t.is(await session.complete([], whole), stored);

	for (const other of [fakeInfo(10), fakeInfo(1000, {checksums: {crc32c: 1}}), undefined]) {
		const lostUpload = await losingDriver('UPLOAD_NOT_FOUND', other).begin!('key', {});
		await t.throwsAsync(lostUpload.complete([], whole), {code: 'UPLOAD_NOT_FOUND', message: 'second try'});
	}
});

test('a part is sent again, and its errors name it', async t => {
	let calls = 0;
	const driver = make({
		begin: async () =>
			({
				token: 'token',
				async part({number, body}) {
					await swallow(body);
					if (number === 2 || calls++ === 0) {
						throw unavailable();
					}

					return {number, size: body.size, crc32c: body.crc32c()!};
				},
			}) as Partial<UploadSession> as UploadSession,
	});
	const session = await driver.begin!('key', {});
	t.is((await session.part({number: 1, offset: 0, body: bodyOf(bytes)}, {})).size, 1000);
	const error = await t.throwsAsync(session.part({number: 2, offset: 1000, body: bodyOf(bytes)}, {}));
	t.like(error, {code: 'UNAVAILABLE', attempts: 5, part: 2, operation: 'part', key: 'key', bucket: 'bucket', provider: 'fake'});
});

test('what a driver throws that is not ours becomes UNKNOWN, or CANCELLED when the signal is aborted', async t => {
	const bug = new TypeError('bug');
	const driver = make({
		async stat(_key, {signal}) {
			await new Promise(resolve => setImmediate(resolve));
			throw signal?.aborted ? new DOMException('aborted', 'AbortError') : bug;
		},
	});
	t.like(await t.throwsAsync(driver.stat('key', {})), {code: 'UNKNOWN', cause: bug, operation: 'stat', key: 'key'});

	const controller = new AbortController();
	const stat = driver.stat('key', {signal: controller.signal});
	controller.abort();
	t.like(await t.throwsAsync(stat), {code: 'CANCELLED'});
});

test('a retry is told, and a listener that throws changes nothing', async t => {
	const told: unknown[] = [];
	let calls = 0;
	const driver = reliable(
		fakeDriver({
			async stat() {
				if (calls++ === 0) {
					throw unavailable();
				}

				return fakeInfo(1);
			},
		}),
		retrier,
		{
			onRetry({operation, key, attempt}) {
				told.push({operation, key, attempt});
				throw new Error('listener broke');
			},
		},
	);
	await driver.stat('key', {});
	t.deepEqual(told, [{operation: 'stat', key: 'key', attempt: 1}]);
});

test('a removal repeats only the keys that failed for a passing reason', async t => {
	const asked: string[][] = [];
	const driver = make({
		async remove(keys) {
			asked.push([...keys]);
			return keys.flatMap(key => {
				if (key === 'forgotten') {
					return [];
				}

				const denied = key === 'denied' ? new SluiceError('PERMISSION_DENIED', 'no') : undefined;
				return {key, error: key.startsWith('busy') && asked.length < 3 ? unavailable() : denied};
			});
		},
	});
	const outcomes = await driver.remove(['a', 'busy 1', 'denied', 'busy 2', 'forgotten'], {});
	t.deepEqual(asked, [
		['a', 'busy 1', 'denied', 'busy 2', 'forgotten'],
		['busy 1', 'busy 2'],
		['busy 1', 'busy 2'],
	]);
	t.deepEqual(
		outcomes.map(({key, error}) => [key, (error as SluiceError | undefined)?.code]),
		[
			['a', undefined],
			['busy 1', undefined],
			['denied', 'PERMISSION_DENIED'],
			['busy 2', undefined],
			['forgotten', 'BAD_RESPONSE'],
		],
	);
});

test('keys that never get free are told as outcomes, a request that fails as a whole rejects', async t => {
	const busy = make({remove: async keys => keys.map(key => ({key, error: unavailable()}))});
	const [outcome] = await busy.remove(['a'], {});
	t.like(outcome?.error, {code: 'UNAVAILABLE', attempts: 5});

	const down = make({
		async remove() {
			throw unavailable();
		},
	});
	await t.throwsAsync(down.remove(['a'], {}), {code: 'UNAVAILABLE'});
});

test('a listing of uploads that breaks begins anew and repeats nothing', async t => {
	let listings = 0;
	const driver = make({
		async *uploads() {
			listings++;
			yield {key: 'a', token: '1'};
			if (listings === 1) {
				throw lost();
			}

			yield {key: 'b', token: '2'};
		},
	});
	const tokens: string[] = [];
	for await (const {token} of driver.uploads!({})) {
		tokens.push(token);
	}

	t.deepEqual(tokens, ['1', '2']);
});

test('a copy within the provider gets the plain driver of its source', async t => {
	const source = fakeDriver();
	const driver = make({
		canCopyFrom: given => given === source,
		async copyFrom(given) {
			t.is(given, source);
			return fakeInfo(1);
		},
	});
	const wrapped = reliable(source, retrier);
	t.true(driver.canCopyFrom!(wrapped));
	t.is((await driver.copyFrom!(wrapped, 'a', 'b', {})).size, 1);
});
