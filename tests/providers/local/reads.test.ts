import {appendFileSync, renameSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {KIB, MIB} from '../../../source/utils/sizes.ts';
import {bodyOf, bytesOf, createChance, createSandbox, failsWith, openOf, textOf} from './tools.ts';

const content = (size: number, seed: number): Buffer => {
	const chance = createChance(seed);
	const words = Uint32Array.from({length: Math.ceil(size / 4)}, () => chance(2 ** 32));
	return Buffer.from(words.buffer, 0, size);
};

const assertNothingOpen = (t: {deepEqual(a: unknown, b: unknown): unknown}, sandbox: Parameters<typeof openOf>[0]) =>
	t.deepEqual(process.platform === 'linux' ? openOf(sandbox) : [], []);

test('chunks never overlap, are lent for as long as they are kept, and make up the object', async t => {
	const {driver} = createSandbox();
	const files = [0, 1, 4 * KIB, 512 * KIB - 1, 512 * KIB, 512 * KIB + 1, 3 * MIB + 17].map(content);
	await Promise.all(files.map(async (bytes, index) => driver.put(`f${index}`, bodyOf(bytes), {})));

	await Promise.all(
		[...files.keys(), ...files.keys()].map(async index => {
			let busy = 0;
			const chunks: Buffer[] = [];
			await driver.read(`f${index}`, {}, async chunk => {
				t.is(++busy, 1);
				const copy = Buffer.from(chunk);
				for (let turns = 0; turns < 5; turns++) {
					await setImmediate();
				}

				t.true(copy.equals(chunk), 'a lent chunk was written to');
				chunks.push(copy);
				busy--;
			});
			t.true(Buffer.concat(chunks).equals(files[index]!));
		}),
	);
});

test('a range gives its bytes, and tells where they are', async t => {
	const {driver} = createSandbox();
	const bytes = content(MIB + 5, 3);
	await driver.put('a', bodyOf(bytes), {});
	for (const [start, end] of [
		[0, 0],
		[1, MIB],
		[MIB + 4, undefined],
		[700_000, 10 * MIB],
	] as const) {
		t.true((await bytesOf(driver, 'a', {range: {start, end}})).equals(bytes.subarray(start, end === undefined ? undefined : end + 1)));
	}

	const answer = await driver.read('a', {range: {start: MIB, end: 5 * MIB}}, () => {});
	t.like(answer, {start: MIB, length: 5, info: {size: MIB + 5}});
	await failsWith(t, bytesOf(driver, 'a', {range: {start: MIB + 5}}), 'RANGE_NOT_SATISFIABLE');
});

for (const [what, change] of Object.entries({
	grows: (file: string) => appendFileSync(file, 'more'),
	shrinks: (file: string) => truncateSync(file, MIB),
	'is written over': (file: string) => writeFileSync(file, content(3 * MIB, 9)),
})) {
	test(`a file that ${what} while it is read is SOURCE_CHANGED before its last chunk`, async t => {
		const sandbox = createSandbox();
		const {driver, root} = sandbox;
		await driver.put('a', bodyOf(content(3 * MIB, 4)), {});
		let seen = 0;
		const read = driver.read('a', {}, async chunk => {
			if (seen === 0) {
				await new Promise(resolve => setTimeout(resolve, 20)); // File times have a resolution.
				change(path.join(root, 'a'));
			}

			seen += chunk.length;
		});
		await failsWith(t, read, 'SOURCE_CHANGED');
		t.true(seen < 3 * MIB);
		assertNothingOpen(t, sandbox);
	});
}

test('a file that is replaced while it is read is read to its end, as it was', async t => {
	const {driver, root} = createSandbox();
	const old = content(3 * MIB, 5);
	await driver.put('a', bodyOf(old), {});
	writeFileSync(path.join(root, 'new'), 'new');
	const chunks: Buffer[] = [];
	await driver.read('a', {}, async chunk => {
		if (chunks.length === 0) {
			renameSync(path.join(root, 'new'), path.join(root, 'a'));
		}

		chunks.push(Buffer.from(chunk));
	});
	t.true(Buffer.concat(chunks).equals(old));
	t.is(await textOf(driver, 'a'), 'new');
});

test('a pinned read of a replaced object is SOURCE_CHANGED before any byte', async t => {
	const {driver, root} = createSandbox();
	const {revision} = await driver.put('a', bodyOf('1'), {});
	t.is((await driver.stat('a', {})).revision, revision);
	t.is((await driver.list({})).entries[0]?.revision, revision);
	t.is((await bytesOf(driver, 'a', {pin: revision})).toString(), '1');
	await driver.put('a', bodyOf('2'), {});
	await failsWith(
		t,
		driver.read('a', {pin: revision}, () => t.fail()),
		'SOURCE_CHANGED',
	);
	const second = await driver.stat('a', {});
	await new Promise(resolve => setTimeout(resolve, 20));
	writeFileSync(path.join(root, 'a'), '3');
	await failsWith(
		t,
		driver.read('a', {pin: second.revision}, () => t.fail()),
		'SOURCE_CHANGED',
	);
});

test('errors of the consumer and of `onAnswer` come out as they are, with nothing left open', async t => {
	const sandbox = createSandbox();
	const {driver} = sandbox;
	await driver.put('a', bodyOf(content(2 * MIB, 6)), {});
	const broken = Object.assign(new Error('consumer broke'), {code: 'ENOSPC', errno: -28});
	const consumers = [
		async () => {
			await setImmediate();
			throw broken;
		},
		() => {
			throw broken;
		},
	];
	for (const consume of consumers) {
		t.is(await t.throwsAsync(driver.read('a', {}, consume)), broken);
	}

	const onAnswer = () => {
		throw broken;
	};
	t.is(await t.throwsAsync(driver.read('a', {onAnswer}, () => t.fail())), broken);
	assertNothingOpen(t, sandbox);
});

test('a read that is cancelled while its consumer is silent settles, and never touches the chunk again', async t => {
	const sandbox = createSandbox();
	const {driver} = sandbox;
	const bytes = content(2 * MIB, 7);
	await driver.put('a', bodyOf(bytes), {});
	const controller = new AbortController();
	let kept: Uint8Array | undefined;
	const read = driver.read('a', {signal: controller.signal}, chunk => {
		kept = chunk;
		setTimeout(() => controller.abort(), 1);
		return new Promise(() => {});
	});
	await t.throwsAsync(read, {code: 'CANCELLED'});
	assertNothingOpen(t, sandbox);
	for (let round = 0; round < 5; round++) {
		await bytesOf(driver, 'a', {range: {start: MIB}});
	}

	t.true(bytes.subarray(0, kept!.length).equals(kept!));
	await t.throwsAsync(bytesOf(driver, 'a', {signal: AbortSignal.abort()}), {code: 'CANCELLED'});
});
