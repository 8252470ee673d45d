import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {bodyOf, createSandbox, failsWith, keysOf, textOf, treeOf, ways} from './tools.ts';

const found = async (driver: ReturnType<typeof createSandbox>['driver'], prefix?: string) => {
	const uploads = [];
	for await (const upload of driver.uploads({prefix})) {
		uploads.push(upload);
	}

	return uploads.sort((a, b) => (a.key < b.key ? -1 : 1));
};

const keys = ['a', 'dir/b', 'dir/deep/c', 'n'.repeat(255), `${'m'.repeat(300)}/x`, `dir/${'o'.repeat(500)}`, '../d', 'e/'];

for (const {name, anchored} of ways) {
	test(`${name}: uploads that were begun are found, by prefix, and aborted by their tokens`, async t => {
		const {driver, root, open} = createSandbox({anchored});
		const before = Date.now();
		await driver.put('dir/stays', bodyOf('x'), {});
		const sessions = await Promise.all(keys.map(async key => driver.begin(key, {})));
		const uploads = await found(open());
		t.deepEqual(
			uploads.map(({key}) => key),
			keys.toSorted(),
		);
		t.true(uploads.every(({started}) => Math.abs(started!.getTime() - before) < 60_000));
		t.deepEqual(
			(await found(open(), 'dir/')).map(({key}) => key),
			keys.filter(key => key.startsWith('dir/')).toSorted(),
		);
		t.deepEqual((await found(open(), 'mm')).length, 1);
		t.deepEqual(await keysOf(driver), ['dir/stays']);

		const other = open().resume(uploads[0]!.token);
		await failsWith(t, other.complete([], {size: 0, crc32c: 0}), 'INVALID_ARGUMENT');
		for (const {token} of uploads) {
			t.false(token.includes(root));
			await open().resume(token).abort({});
		}

		t.deepEqual(treeOf(root), ['dir', 'dir/stays']);
		t.deepEqual(await found(driver), []);
		await failsWith(t, sessions[0]!.part({number: 1, offset: 0, body: bodyOf('x')}, {}), 'UPLOAD_NOT_FOUND');
	});
}

test('the folder of a long name, left empty by a crash, is removed when it is found', async t => {
	const {driver, root} = createSandbox();
	mkdirSync(path.join(root, 'dir', `%~%temp-${'0'.repeat(32)}`), {recursive: true});
	t.deepEqual(await found(driver), []);
	t.deepEqual(treeOf(root), ['dir']);
});

test('a record of an upload that was not finished goes with it', async t => {
	const {driver, root} = createSandbox();
	const session = await driver.begin('a/b', {metadata: {x: '1'}});
	await session.part({number: 1, offset: 0, body: bodyOf('x')}, {});
	mkdirSync(path.join(root, 'a/b')); // So that the commit fails, at its last step.
	await failsWith(t, session.complete([{number: 1, size: 1, crc32c: 7}], {size: 1, crc32c: 7}), 'CONFLICT');
	t.true(treeOf(root).some(file => file.endsWith('.json')));
	const [upload] = await found(driver);
	await driver.resume(upload!.token).abort({});
	t.deepEqual(treeOf(root), ['a', 'a/b']);
});

const writer = (root: string): string => `
	import {LocalDriver} from ${JSON.stringify(path.resolve('source/providers/local/driver.ts'))};
	const driver = new LocalDriver({root: ${JSON.stringify(root)}, metadata: 'sidecar', durable: true});
	const chunk = Buffer.alloc(64 * 1024, 'n');
	const body = {size: 16 * chunk.length, crc32c: () => 7, async send(write) {
		for (let count = 0; count < 16; count++) {
			await write(chunk);
		}
	}};
	for (let round = 0; ; round++) {
		await Promise.all(['a', 'dir/b', 'dir/' + 'n'.repeat(250)].map(key => driver.put(key, body, {metadata: {round: String(round)}})));
		if (round === 0) {
			console.log('ready');
		}
	}
`;

const start = async (root: string): Promise<ChildProcess> => {
	const child = spawn(process.execPath, ['--input-type=module', '--eval', writer(root)], {stdio: ['ignore', 'pipe', 'inherit']});
	await once(child.stdout!, 'data');
	return child;
};

test('a process that is killed leaves whole objects, and else only what `uploads` finds and `abort` removes', async t => {
	const {driver, root} = createSandbox();
	let leftovers = 0;
	for (let round = 0; round < 12; round++) {
		const child = await start(root);
		await new Promise(resolve => setTimeout(resolve, 5 + 3 * round));
		child.kill('SIGKILL');
		await once(child, 'exit');

		for (const {key} of (await driver.list({})).entries) {
			t.is(await textOf(driver, key), 'n'.repeat(1024 * 1024));
			t.regex((await driver.stat(key, {})).metadata.round ?? 'none', /^\d+$/);
		}

		const uploads = await found(driver);
		leftovers += uploads.length;
		await Promise.all(uploads.map(async ({token}) => driver.resume(token).abort({})));
		t.deepEqual(
			treeOf(root).filter(file => file.includes('temp')),
			[],
		);
		t.is((await keysOf(driver)).length, 3);
	}

	t.true(leftovers > 0);
});
