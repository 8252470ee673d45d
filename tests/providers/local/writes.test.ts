import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import type {Body} from '../../../source/contract/index.ts';
import {MIB} from '../../../source/utils/sizes.ts';
import {bodyOf, bytesOf, createSandbox, failsWith, keysOf, openOf, type Sandbox, textOf, treeOf, ways} from './tools.ts';

const isLinux = process.platform === 'linux';

const assertNothingOpen = (t: {deepEqual(a: unknown, b: unknown): unknown}, sandbox: Sandbox) =>
	t.deepEqual(isLinux ? openOf(sandbox) : [], []);

/** A body that calls `act` after its first half. */
const halfway = (size: number, act: () => void | Promise<void>): Body => ({
	size,
	crc32c: () => 7,
	async send(write) {
		await write(Buffer.alloc(size / 2, 1));
		await act();
		await write(Buffer.alloc(size / 2, 2));
	},
});

for (const {name, anchored} of ways) {
	test(`${name}: a write is a file beside the object until it is finished`, async t => {
		const {driver, root} = createSandbox({anchored});
		await driver.put('dir/a', bodyOf('old'), {});
		await driver.put(
			'dir/a',
			halfway(2 * MIB, async () => {
				const names = readdirSync(path.join(root, 'dir'));
				t.is(names.length, 2);
				t.regex(names.find(file => file !== 'a')!, /^%~%temp-[0-9a-f]{32}-a$/);
				t.is(await textOf(driver, 'dir/a'), 'old');
				t.deepEqual(await keysOf(driver), ['dir/a']);
			}),
			{},
		);
		t.deepEqual(treeOf(root), ['dir', 'dir/a']);
		t.is((await driver.stat('dir/a', {})).size, 2 * MIB);
	});

	test(`${name}: a write that fails leaves no file and no folder, and nothing open`, async t => {
		const sandbox = createSandbox({anchored});
		const {driver, root} = sandbox;
		await driver.put('a/old', bodyOf('old'), {metadata: {x: '1'}});
		const before = treeOf(root);
		const broken = new Error('source broke');
		const breaks = halfway(1000, () => {
			throw broken;
		});
		const short: Body = {...bodyOf('12345'), size: 6};
		const long: Body = {...bodyOf('1234567'), size: 6};

		for (const key of ['a/old', 'a/b/c/d', 'n'.repeat(255), `a/${'n'.repeat(400)}/${'o'.repeat(240)}`]) {
			t.is(await t.throwsAsync(driver.put(key, breaks, {metadata: {y: '2'}})), broken);
			await failsWith(t, driver.put(key, short, {metadata: {y: '2'}}), 'SOURCE_SHORT');
			await failsWith(t, driver.put(key, long, {metadata: {y: '2'}}), 'SOURCE_LONG');
			await failsWith(t, driver.put(key, bodyOf('x'), {storageClass: 'COLD'}), 'UNSUPPORTED');
		}

		t.deepEqual(treeOf(root), before);
		t.is(await textOf(driver, 'a/old'), 'old');
		assertNothingOpen(t, sandbox);
	});

	test(`${name}: a write that is cancelled while its source is silent settles at once and leaves nothing`, async t => {
		const sandbox = createSandbox({anchored});
		const {driver, root} = sandbox;
		const controller = new AbortController();
		let lateWrite: Promise<unknown> = Promise.resolve();
		const body: Body = {
			size: 10,
			crc32c: () => 7,
			send: write =>
				new Promise(() => {
					setImmediate(() => {
						controller.abort(new Error('changed my mind'));
						setTimeout(() => {
							lateWrite = t.throwsAsync(async () => write(Buffer.alloc(10)), {code: 'CANCELLED'});
						}, 5);
					});
				}),
		};

		const error = await failsWithoutProvider(driver.put('a/b', body, {signal: controller.signal}));
		t.is(error.code, 'CANCELLED');
		t.like(error.cause, {message: 'changed my mind'});
		t.deepEqual(treeOf(root), []);
		await new Promise(resolve => setTimeout(resolve, 20));
		await lateWrite;
		t.deepEqual(treeOf(root), []);
		assertNothingOpen(t, sandbox);
	});

	test(`${name}: keys that exclude each other are a conflict that no retry helps`, async t => {
		const {driver, root} = createSandbox({anchored});
		await driver.put('a', bodyOf('file'), {});
		await driver.put('b/c', bodyOf('file'), {});
		const before = treeOf(root);
		for (const key of ['a/x', 'a/x/y', 'b']) {
			const error = await failsWith(t, driver.put(key, bodyOf('x'), {}), 'CONFLICT');
			t.is(error.retry, 'never');
			t.regex(error.message, /a file cannot be a folder, too/);
			await failsWith(t, driver.begin(key, {}), 'CONFLICT');
			await failsWith(t, driver.stat(key, {}), 'NOT_FOUND');
			await failsWith(t, bytesOf(driver, key), 'NOT_FOUND');
			t.deepEqual(await driver.remove([key], {}), [{key}]);
		}

		t.deepEqual(treeOf(root), before);
	});

	test(`${name}: of many writers of an absent object one wins, and readers see only all of it`, async t => {
		const {driver, root} = createSandbox({anchored});
		const contents = Array.from({length: 20}, (_, index) => Buffer.alloc(100_000, index));
		const outcomes = await Promise.allSettled(
			contents.map(async content => driver.put('a/b', bodyOf(content, 10_000), {condition: {absent: true}})),
		);
		const winner = outcomes.findIndex(({status}) => status === 'fulfilled');
		t.is(outcomes.filter(({status}) => status === 'fulfilled').length, 1);
		for (const outcome of outcomes) {
			t.true(outcome.status === 'fulfilled' || outcome.reason.code === 'ALREADY_EXISTS');
		}

		t.true((await bytesOf(driver, 'a/b')).equals(contents[winner]!));
		t.deepEqual(treeOf(root), ['a', 'a/b']);
		t.is(statSync(path.join(root, 'a/b')).nlink, 1);
	});

	test(`${name}: writers and removers of one folder do not get in each other's way`, async t => {
		const {driver, root} = createSandbox({anchored});
		await Promise.all(
			Array.from({length: 8}, async (_, worker) => {
				for (let round = 0; round < 50; round++) {
					await driver.put(`a/b/${worker}`, bodyOf('x'), {metadata: {round: String(round)}});
					const [outcome] = await driver.remove([`a/b/${worker}`], {});
					t.is(outcome?.error, undefined);
				}
			}),
		);
		t.deepEqual(
			treeOf(root).filter(file => !file.startsWith('.sluice')),
			[],
		);
	});

	test(`${name}: a bucket that does not exist is told from an object that does not`, async t => {
		const {driver, root} = createSandbox({anchored});
		await failsWith(t, driver.stat('a/b', {}), 'NOT_FOUND');
		await failsWith(t, bytesOf(driver, 'a'), 'NOT_FOUND');
		rmSync(root, {recursive: true});
		await failsWith(t, driver.stat('a/b', {}), 'BUCKET_NOT_FOUND');
		await failsWith(t, bytesOf(driver, 'a'), 'BUCKET_NOT_FOUND');
		await failsWith(t, driver.list({}), 'BUCKET_NOT_FOUND');
		await failsWith(t, driver.put('a/b', bodyOf('x'), {}), 'BUCKET_NOT_FOUND');
		await failsWith(t, driver.begin('a', {}), 'BUCKET_NOT_FOUND');
		await driver.createBucket({});
		await driver.createBucket({});
		await driver.put('a/b', bodyOf('x'), {});
		t.is(await textOf(driver, 'a/b'), 'x');
	});

	test(`${name}: a copy has the bytes, metadata and headers of its source, or those that are given`, async t => {
		const from = createSandbox({anchored});
		const to = createSandbox({anchored});
		const write = {metadata: {a: '1'}, headers: {contentType: 'text/plain', cacheControl: 'no-store'}};
		const source = await from.driver.put('dir/a', bodyOf('content'), write);
		t.true(to.driver.canCopyFrom(from.driver));
		t.like(await to.driver.copyFrom(from.driver, 'dir/a', 'x/y', {pin: source.revision}), {key: 'x/y', size: 7, ...write});
		t.like(await to.driver.stat('x/y', {}), {...write, checksums: {crc32c: 7}});
		t.is(await textOf(to.driver, 'x/y'), 'content');
		await to.driver.copyFrom(from.driver, 'dir/a', 'z', {metadata: {b: '2'}, headers: undefined});
		t.deepEqual({...(await to.driver.stat('z', {})).metadata}, {b: '2'});

		await from.driver.put('dir/a', bodyOf('changed'), {});
		await failsWith(t, to.driver.copyFrom(from.driver, 'dir/a', 'new', {pin: source.revision}), 'SOURCE_CHANGED');
		await failsWith(t, to.driver.copyFrom(from.driver, 'none', 'new', {}), 'NOT_FOUND');
		await failsWith(t, to.driver.copyFrom(from.driver, 'dir/a', 'z', {condition: {absent: true}}), 'ALREADY_EXISTS');
		t.deepEqual(await keysOf(to.driver), ['x/y', 'z']);
		t.deepEqual(
			treeOf(to.root).filter(file => file.includes('temp')),
			[],
		);
		assertNothingOpen(t, from);
		assertNothingOpen(t, to);
	});

	test(`${name}: a copy of more than 64 MiB is complete, and can be cancelled`, async t => {
		const sandbox = createSandbox({anchored});
		const {driver, root} = sandbox;
		writeFileSync(path.join(root, 'big'), 'start');
		truncateSync(path.join(root, 'big'), 65 * MIB);
		t.is((await driver.copyFrom(driver, 'big', 'copy', {})).size, 65 * MIB);
		t.true(readFileSync(path.join(root, 'copy')).equals(readFileSync(path.join(root, 'big'))));

		const controller = new AbortController();
		setTimeout(() => controller.abort(), 5);
		const error = await failsWithoutProvider(driver.copyFrom(driver, 'big', 'cancelled', {signal: controller.signal}));
		t.is(error.code, 'CANCELLED');
		t.deepEqual(treeOf(root), ['big', 'copy']);
		assertNothingOpen(t, sandbox);
	});
}

const failsWithoutProvider = async (call: Promise<unknown>): Promise<{code: string; cause?: unknown}> => {
	try {
		await call;
	} catch (error) {
		return error as {code: string};
	}

	throw new Error('it did not fail');
};

test('an object that is removed takes its empty folders along, not the root and not what others need', async t => {
	const {driver, root} = createSandbox();
	for (const key of ['a/b/c/d', 'a/e', 'f/g']) {
		await driver.put(key, bodyOf('x'), {metadata: {a: 'b'}});
	}

	mkdirSync(path.join(root, 'empty'));
	const outcomes = await driver.remove(['a/b/c/d', 'f/g', 'none/x'], {});
	t.deepEqual(outcomes.map(({key, error}) => [key, error]).sort(), [
		['a/b/c/d', undefined],
		['f/g', undefined],
		['none/x', undefined],
	]);
	t.deepEqual(
		treeOf(root).filter(file => !file.startsWith('.sluice')),
		['a', 'a/e', 'empty'],
	);
	t.is(treeOf(path.join(root, '.sluice')).filter(file => file.endsWith('.json')).length, 1);
	await driver.remove(['a/e'], {});
	t.deepEqual(treeOf(root), ['empty']);
});

test('parts at their offsets, in any order and at the same time, make up the object', async t => {
	const {driver, open} = createSandbox({durable: true});
	const sizes = [300_000, 1, 70_000, 250_000];
	const contents = sizes.map((size, index) => Buffer.alloc(size, index + 1));
	const session = await driver.begin('a/b', {metadata: {x: '1'}, headers: {contentType: 'text/plain'}});
	let offset = 0;
	const parts = contents.map((content, index) => {
		const part = {number: index + 1, offset, body: bodyOf(content, 10_000)};
		offset += content.length;
		return part;
	});
	const receipts = (await Promise.all(parts.toReversed().map(async part => session.part(part, {})))).toReversed();

	const resumed = open().resume(session.token);
	await failsWith(t, resumed.complete(receipts, {size: offset + 1, crc32c: 5}), 'SIZE_MISMATCH');
	await failsWith(t, resumed.complete(receipts.slice(1), {size: offset, crc32c: 5}), 'SIZE_MISMATCH');
	await failsWith(t, resumed.complete(receipts.toReversed(), {size: offset, crc32c: 5}), 'INVALID_ARGUMENT');
	t.like(await resumed.complete(receipts, {size: offset, crc32c: 5}), {size: offset, metadata: {x: '1'}, checksums: {crc32c: 5}});
	t.true((await bytesOf(driver, 'a/b')).equals(Buffer.concat(contents)));
	await failsWith(t, session.complete(receipts, {size: offset, crc32c: 5}), 'UPLOAD_NOT_FOUND');
	await failsWith(t, session.part(parts[0]!, {}), 'UPLOAD_NOT_FOUND');
	await session.abort({});
	t.is((await driver.stat('a/b', {})).size, offset);
});

test('a part at the wrong offset, or one that was never written, is not passed off as an object', async t => {
	const {driver, root} = createSandbox();
	const session = await driver.begin('a', {});
	const first = await session.part({number: 1, offset: 0, body: bodyOf('12345')}, {});
	const second = await session.part({number: 2, offset: 6, body: bodyOf('7890')}, {});
	await failsWith(t, session.complete([first, second], {size: 9, crc32c: 5}), 'INVALID_ARGUMENT');
	await failsWith(t, session.complete([first, {number: 3, size: 100, crc32c: 5}], {size: 105, crc32c: 5}), 'SIZE_MISMATCH');
	await session.abort({});
	await session.abort({});
	t.deepEqual(treeOf(root), []);
});

test('an error of a part comes out as it is, even if it is one of another local bucket', async t => {
	const {driver} = createSandbox();
	const other = createSandbox().driver;
	const session = await driver.begin('a', {});
	const body: Body = {size: 1, crc32c: () => 7, send: async write => void (await other.read('none', {}, write))};
	await failsWith(t, session.part({number: 1, offset: 0, body}, {}), 'NOT_FOUND');
	await session.abort({});
});

for (const token of ['', '{}', 'null', '{"key":"a","id":"../../x"}', '{"key":"","id":"0123456789abcdef0123456789abcdef"}']) {
	test(`the token ${JSON.stringify(token)} is refused`, t => {
		t.throws(() => createSandbox().driver.resume(token), {code: 'INVALID_ARGUMENT'});
	});
}

const canMount = isLinux && process.getuid?.() === 0;
const mountTest = canMount ? test : test.skip;
const because = canMount ? '' : ' (needs root on Linux, to mount a small file system)';

/** A file system of its own, with 1 MiB of space. */
const mountSmall = (t: {teardown(undo: () => void): void}, folder: string): void => {
	mkdirSync(folder, {recursive: true});
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'sluice-test', folder]);
	t.teardown(() => execFileSync('umount', [folder]));
};

mountTest(`a full disk is NO_SPACE, and leaves the old object and nothing else${because}`, async t => {
	const sandbox = createSandbox();
	mountSmall(t, sandbox.root);
	const {driver, root} = sandbox;
	await driver.put('a', bodyOf('old'), {metadata: {x: '1'}});
	const before = treeOf(root);
	const body = bodyOf(Buffer.alloc(2 * MIB));
	for (const key of ['a', 'b/c']) {
		const error = await failsWith(t, driver.put(key, body, {metadata: {x: '2'}}), 'NO_SPACE');
		t.is(error.retry, 'never');
		t.is(error.leftover, undefined);
		t.like(error.cause, {code: 'ENOSPC'});
		const session = await driver.begin(key, {});
		await failsWith(t, session.part({number: 1, offset: 0, body}, {}), 'NO_SPACE');
		await session.abort({});
		t.deepEqual(treeOf(root), before);
	}

	t.is(await textOf(driver, 'a'), 'old');
	t.deepEqual(openOf(sandbox), []);
	await driver.put('b', bodyOf(Buffer.alloc(MIB / 2)), {});
});

mountTest(`another file system below the root is written to in place, and its files can be copied out of it${because}`, async t => {
	const {driver, root} = createSandbox();
	mountSmall(t, path.join(root, 'mounted'));
	await driver.put('mounted/a', bodyOf('x'), {});
	await driver.copyFrom(driver, 'mounted/a', 'b', {});
	t.is(await textOf(driver, 'b'), 'x');
	await driver.remove(['mounted/a'], {});
	t.true(statSync(path.join(root, 'mounted')).isDirectory());
});

test('with few files allowed open, many writes at once fail with an error that a retry helps', async t => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-local-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const script = `
		import {Bucket} from ${JSON.stringify(path.resolve('source/bucket/index.ts'))};
		import {createDriver} from ${JSON.stringify(path.resolve('source/providers/local/index.ts'))};
		const retried = new Set();
		const onRetry = ({error}) => retried.add(error.providerCode);
		const bucket = new Bucket(createDriver({name: 'd', type: 'local', bucket: ${JSON.stringify(folder)}}), {onRetry});
		await Promise.all(Array.from({length: 60}, async (_, index) => bucket.put('f' + index, 'x')));
		console.log(JSON.stringify([...retried]));
	`;
	const output = isLinux
		? execFileSync('prlimit', ['--nofile=64', process.execPath, '--input-type=module', '--eval', script], {encoding: 'utf8'})
		: '["EMFILE"]';
	t.deepEqual(JSON.parse(output), ['EMFILE']);
	t.is(isLinux ? readdirSync(folder).length : 60, 60);
});
