import {execFileSync} from 'node:child_process';
import {existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import type {SluiceError} from '../../../source/contract/index.ts';
import {hostileKey, longKeys} from './hostile-keys.ts';
import {bodyOf, bytesOf, createChance, createSandbox, failsWith, keysOf, openOf, type Sandbox, textOf, treeOf, ways} from './tools.ts';

/** Everything of a sandbox that is not in the bucket. */
const outside = ({folder}: Sandbox): string[] => treeOf(folder).filter(name => name !== 'root' && !name.startsWith('root/'));

const isPosix = process.platform !== 'win32';
const posixTest = isPosix ? test : test.skip;
const because = isPosix ? '' : ' (Windows: no symbolic links or FIFOs without rights)';

for (const {name, anchored} of ways) {
	test(`${name}: no key writes, lists or removes anything outside`, async t => {
		const sandbox = createSandbox({anchored});
		const {driver, folder} = sandbox;
		writeFileSync(path.join(folder, 'x'), 'outside');
		mkdirSync(path.join(folder, 'root-evil'));
		const before = outside(sandbox);
		const chance = createChance(2);
		const keys = [
			...['../x', 'a/../../x', '..\\x', '%2e%2e/x', '/x', 'C:\\x', '\\\\host\\x', './', 'a\0b', '../root-evil/x', 'CON', 'a. '],
			...longKeys,
			...Array.from({length: 80}, () => hostileKey(chance)),
		];

		const stored = new Map<string, string>();
		for (const key of keys) {
			try {
				await driver.put(key, bodyOf(key), {});
				stored.set(key, key);
			} catch (error) {
				t.is((error as SluiceError).code, 'CONFLICT', `${JSON.stringify(key)}: ${(error as Error).message}`); // A file and a folder of one name.
			}
		}

		t.true(stored.size > 50);
		t.deepEqual(outside(sandbox), before);
		for (const [key, content] of stored) {
			t.is(await textOf(driver, key), content);
		}

		t.deepEqual((await keysOf(driver)).toSorted(), [...stored.keys()].toSorted());
		await driver.remove([...stored.keys()], {});
		t.deepEqual(treeOf(sandbox.root), []);
		t.deepEqual(outside(sandbox), before);
		t.is(readFileSync(path.join(folder, 'x'), 'utf8'), 'outside');
	});

	posixTest(`${name}: a symbolic link is not followed, wherever it is in a path${because}`, async t => {
		const sandbox = createSandbox({anchored});
		const {driver, folder, root} = sandbox;
		mkdirSync(path.join(folder, 'out/deep'), {recursive: true});
		writeFileSync(path.join(folder, 'out/secret'), 'secret');
		mkdirSync(path.join(root, 'dir'));
		symlinkSync('../out', path.join(root, 'link'));
		symlinkSync('../../out', path.join(root, 'dir/link'));
		symlinkSync('../out/secret', path.join(root, 'file'));
		symlinkSync('../out/none', path.join(root, 'dangling'));
		symlinkSync('.', path.join(root, 'loop'));
		const before = outside(sandbox);
		const keys = ['link/secret', 'link/deep/x', 'dir/link/secret', 'file', 'dangling', 'loop/dir/x', 'link', 'loop/loop/x'];

		for (const key of keys) {
			await failsWith(t, driver.stat(key, {}), 'UNSAFE_PATH');
			await failsWith(t, bytesOf(driver, key), 'UNSAFE_PATH');
			await failsWith(t, driver.put(key, bodyOf('evil'), {}), 'UNSAFE_PATH');
			await failsWith(t, driver.put(key, bodyOf('evil'), {condition: {absent: true}}), 'UNSAFE_PATH');
			await failsWith(t, driver.begin(key, {}), 'UNSAFE_PATH');
			await failsWith(t, driver.copyFrom(driver, key, 'copy', {}), 'UNSAFE_PATH');
			const [outcome] = await driver.remove([key], {});
			t.is((outcome?.error as SluiceError | undefined)?.code, 'UNSAFE_PATH', key);
		}

		await failsWith(t, driver.list({prefix: 'link/'}), 'UNSAFE_PATH');
		t.deepEqual(await keysOf(driver), []);
		t.deepEqual(outside(sandbox), before);
		t.is(readFileSync(path.join(folder, 'out/secret'), 'utf8'), 'secret');
		t.true(lstatSync(path.join(root, 'file')).isSymbolicLink());
		t.deepEqual(process.platform === 'linux' ? openOf(sandbox) : [], []);
	});

	posixTest(`${name}: our own folder as a symbolic link is not followed${because}`, async t => {
		const sandbox = createSandbox({anchored});
		mkdirSync(path.join(sandbox.folder, 'out/meta'), {recursive: true});
		symlinkSync('../out', path.join(sandbox.root, '.sluice'));
		await failsWith(t, sandbox.driver.put('a', bodyOf('a'), {metadata: {a: 'b'}}), 'UNSAFE_PATH');
		t.deepEqual(treeOf(path.join(sandbox.folder, 'out')), ['meta']);
		t.deepEqual(readdirSync(sandbox.root), ['.sluice']);
	});

	posixTest(`${name}: FIFOs are not listed, and never waited for${because}`, async t => {
		const {driver, root} = createSandbox({anchored});
		execFileSync('mkfifo', [path.join(root, 'fifo')]);
		writeFileSync(path.join(root, 'file'), 'x');
		t.deepEqual(await keysOf(driver), ['file']);
		await failsWith(t, driver.stat('fifo', {}), 'UNSAFE_PATH');
		await failsWith(t, bytesOf(driver, 'fifo'), 'UNSAFE_PATH');
		await failsWith(t, driver.put('fifo', bodyOf('x'), {}), 'UNSAFE_PATH');
		t.true(lstatSync(path.join(root, 'fifo')).isFIFO());
	});

	posixTest(
		`${name}: a folder that is swapped for a link all the time never diverts a write${anchored ? '' : ' that began after the swap'}${because}`,
		async t => {
			const sandbox = createSandbox({anchored});
			const {driver, folder, root} = sandbox;
			mkdirSync(path.join(folder, 'out'));
			const swap = path.join(root, 'swap');
			const rounds = anchored ? 300 : 20;
			let diverted = 0;
			for (let round = 0; round < rounds; round++) {
				rmSync(swap, {recursive: true, force: true});
				mkdirSync(path.join(swap, 'deep'), {recursive: true});
				const write = anchored ? driver.put('swap/deep/x', bodyOf('x'), {}) : undefined;
				for (let turns = round % 12; turns > 0; turns--) {
					await undefined;
				}

				renameSync(swap, path.join(root, `old-${round}`));
				mkdirSync(path.join(folder, 'out/deep'), {recursive: true});
				symlinkSync('../out', swap);
				await (write ?? driver.put('swap/deep/x', bodyOf('x'), {})).catch(() => diverted++);
				t.deepEqual(treeOf(path.join(folder, 'out')), ['deep']);
			}

			t.true(diverted > 0);
		},
	);
}

test('a root that is a link itself is used, and stays what it was at first', async t => {
	const {folder, root, open} = createSandbox();
	symlinkSync('root', path.join(folder, 'alias'));
	const driver = open({root: path.join(folder, 'alias')});
	await driver.put('a/b', bodyOf('x'), {});
	t.true(existsSync(path.join(root, 'a/b')));
	t.is(driver.location, open().location);
});

test('new files have the usual mode, whatever their source had', async t => {
	const {driver, root} = createSandbox();
	writeFileSync(path.join(root, 'tool'), 'x', {mode: 0o755});
	await driver.copyFrom(driver, 'tool', 'copy', {});
	await driver.put('new', bodyOf('x'), {});
	t.is(lstatSync(path.join(root, 'copy')).mode, lstatSync(path.join(root, 'new')).mode);
	t.is(lstatSync(path.join(root, 'new')).mode & 0o111, 0);
});
