import {Buffer} from 'node:buffer';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {compareBytes} from '../../../source/providers/local/order.ts';
import {hostileKey} from './hostile-keys.ts';
import {bodyOf, createChance, createSandbox, failsWith, keysOf, textOf, ways} from './tools.ts';

const byBytes = (keys: Iterable<string>): string[] => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** What a listing should give, made from all keys. */
const expected = (
	keys: readonly string[],
	{prefix = '', delimiter, startAfter}: {prefix?: string; delimiter?: string; startAfter?: string},
) => {
	const prefixes = new Set<string>();
	const entries: string[] = [];
	for (const key of keys) {
		const place = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
		if (!key.startsWith(prefix) || (startAfter !== undefined && compareBytes(key, startAfter) <= 0)) {
			continue;
		}

		if (place < 0) {
			entries.push(key);
		} else {
			prefixes.add(key.slice(0, place + delimiter!.length));
		}
	}

	return {entries, prefixes: [...prefixes]};
};

const listAll = async (driver: ReturnType<typeof createSandbox>['driver'], options: Parameters<typeof driver.list>[0]) => {
	const entries: string[] = [];
	const prefixes: string[] = [];
	for (let token: string | undefined, more = true; more; more = token !== undefined) {
		const page = await driver.list({...options, token});
		entries.push(...page.entries.map(({key}) => key));
		prefixes.push(...page.prefixes);
		token = page.next;
	}

	return {entries, prefixes};
};

for (const {name, anchored} of ways) {
	test(`${name}: hostile keys come in byte order, once each, whatever the prefix, delimiter, start and page`, async t => {
		const {driver, open} = createSandbox({anchored});
		const chance = createChance(5);
		const stored: string[] = [];
		for (const key of new Set(Array.from({length: 400}, () => hostileKey(chance)))) {
			await driver.put(key, bodyOf('x'), {}).then(
				() => stored.push(key),
				() => {}, // A file and a folder of one name.
			);
		}

		const keys = byBytes(stored);
		t.true(keys.length > 150);
		t.deepEqual(await listAll(driver, {}), expected(keys, {}));
		for (let round = 0; round < 150; round++) {
			const key = keys[chance(keys.length)]!;
			const cut = (text: string) => Buffer.from(text.slice(0, chance(Math.min(6, text.length) + 1))).toString();
			const options = {
				prefix: chance(2) === 0 ? cut(key) : '',
				delimiter: [undefined, undefined, '/', '.', '//'][chance(5)],
				startAfter: chance(3) === 0 ? keys[chance(keys.length)] : undefined,
			};
			// A folded key behind the start makes a prefix that may stand before it.
			const start = options.delimiter ? {...options, startAfter: undefined} : options;
			t.deepEqual(await listAll(open(), {...start, limit: 1 + chance(9)}), expected(keys, start), JSON.stringify(start));
		}
	});
}

test('a folder stands where its keys do', async t => {
	const {driver} = createSandbox();
	for (const key of ['a-b', 'a/x', 'a0', 'a!', 'aa', 'B', 'é', '\uE000', '\uFFFD', '😀', '😀/x'.slice(0, 2), 'z/']) {
		await driver.put(key, bodyOf('x'), {});
	}

	t.deepEqual(await keysOf(driver, {limit: 2}), ['B', 'a!', 'a-b', 'a/x', 'a0', 'aa', 'z/', 'é', '\uE000', '\uFFFD', '😀']);
	const page = await driver.list({delimiter: '/'});
	t.deepEqual(page.prefixes, ['a/', 'z/']);
	t.deepEqual(
		(await driver.list({delimiter: '/', prefix: 'a/'})).entries.map(({key}) => key),
		['a/x'],
	);
});

test('a page can be asked for by its token in any order, more than once, and by another process', async t => {
	const {driver, open} = createSandbox();
	const keys = Array.from({length: 30}, (_, index) => `${index % 3}/${String(index).padStart(2, '0')}`);
	await Promise.all(keys.map(async key => driver.put(key, bodyOf('x'), {})));
	const sorted = byBytes(keys);
	const first = await driver.list({limit: 10});
	for (const again of [driver, driver, open()]) {
		const second = await again.list({limit: 10, token: first.next});
		t.deepEqual(
			second.entries.map(({key}) => key),
			sorted.slice(10, 20),
		);
	}

	const last = await driver.list({limit: 10, token: sorted[19]});
	t.deepEqual(
		last.entries.map(({key}) => key),
		sorted.slice(20),
	);
	t.is(last.next, undefined);
});

test('more listings at once than are kept in mind all come to their end', async t => {
	const {driver} = createSandbox();
	const keys = Array.from({length: 40}, (_, index) => `${index % 4}/${index}`);
	await Promise.all(keys.map(async key => driver.put(key, bodyOf('x'), {})));
	const listings = await Promise.all(Array.from({length: 10}, async (_, index) => keysOf(driver, {limit: index + 3})));
	for (const listing of listings) {
		t.deepEqual(listing, byBytes(keys));
	}
});

test('files that were there before are objects under their names', async t => {
	const {driver, root} = createSandbox();
	const names = ['100%.txt', 'a%20b', '~x', '.hidden', '%', 'sub/.sluice/x', 'x'.repeat(255), 'CON', 'a b'];
	mkdirSync(path.join(root, 'sub/.sluice'), {recursive: true});
	mkdirSync(path.join(root, 'empty/deep'), {recursive: true});
	for (const name of names) {
		writeFileSync(path.join(root, name), name);
	}

	t.deepEqual(await keysOf(driver), byBytes(names));
	for (const name of names) {
		t.is(await textOf(driver, name), name);
	}
});

const linuxTest = process.platform === 'linux' ? test : test.skip;
const because = process.platform === 'linux' ? '' : ' (file names are not bytes here)';

linuxTest(`a name that no key can have fails the listing that would miss it, and only that${because}`, async t => {
	const {driver, root} = createSandbox();
	mkdirSync(path.join(root, 'odd'));
	writeFileSync(Buffer.concat([Buffer.from(path.join(root, 'odd/caf')), Buffer.from([0xe9])]), 'x');
	mkdirSync(path.join(root, 'own'));
	writeFileSync(path.join(root, 'own/%~x'), 'x');
	await driver.put('good/\uFFFD', bodyOf('x'), {});
	t.regex((await failsWith(t, driver.list({prefix: 'odd/'}), 'INVALID_KEY')).message, /odd\/café` is not UTF-8/);
	t.regex((await failsWith(t, driver.list({prefix: 'own/'}), 'INVALID_KEY')).message, /own\/%~x`/);
	await failsWith(t, driver.list({}), 'INVALID_KEY');
	t.deepEqual(await keysOf(driver, {prefix: 'good/'}), ['good/\uFFFD']);
	t.deepEqual((await driver.list({delimiter: '/'})).prefixes, ['good/', 'odd/', 'own/']);
});

linuxTest(`symbolic links are not listed, nor what they lead to${because}`, async t => {
	const {driver, root, folder} = createSandbox();
	mkdirSync(path.join(folder, 'out'));
	writeFileSync(path.join(folder, 'out/x'), 'x');
	symlinkSync('../out', path.join(root, 'link'));
	symlinkSync('../out/x', path.join(root, 'file'));
	symlinkSync('.', path.join(root, 'loop'));
	await driver.put('a', bodyOf('x'), {});
	t.deepEqual(await listAll(driver, {}), {entries: ['a'], prefixes: []});
	t.deepEqual(await listAll(driver, {delimiter: '/'}), {entries: ['a'], prefixes: []});
});
