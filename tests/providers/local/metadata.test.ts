import {readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {bodyOf, createSandbox, failsWith, keysOf, treeOf, ways} from './tools.ts';

const write = {metadata: {author: 'me', __proto__x: 'y'}, headers: {contentType: 'text/plain', cacheControl: 'no-store'}};

const recordsOf = (root: string): string[] => treeOf(root).filter(file => file.startsWith('.sluice') && file.endsWith('.json'));

for (const {name, anchored} of ways) {
	test(`${name}: what a file cannot hold is kept beside it, is not listed, and goes with it`, async t => {
		const {driver, root, open} = createSandbox({anchored, durable: true});
		for (const key of ['a/b', 'c', 'x'.repeat(300), '../y', '.sluice/meta/a/b']) {
			await driver.put(key, bodyOf('content'), write);
			t.like(await open().stat(key, {}), {...write, checksums: {crc32c: 7}});
			t.like(await open().read(key, {}, () => {}), {info: {...write, checksums: {crc32c: 7}}});
		}

		t.is(recordsOf(root).length, 5);
		t.is((await keysOf(driver)).length, 5);
		await driver.remove(await keysOf(driver), {});
		t.deepEqual(treeOf(root), []);
	});

	test(`${name}: an object that is replaced loses what was kept of the old one`, async t => {
		const {driver, root} = createSandbox({anchored});
		await driver.put('a', bodyOf('old'), write);
		await driver.put('a', bodyOf('new'), {metadata: {b: '2'}});
		t.is(recordsOf(root).length, 1);
		const info = await driver.stat('a', {});
		t.deepEqual({...info.metadata}, {b: '2'});
		t.deepEqual({...info.headers}, {});
		await driver.put('a', bodyOf('plain'), {});
		t.deepEqual(treeOf(root), ['a']);
		t.deepEqual({...(await driver.stat('a', {})).metadata}, {});
	});
}

test('plain files have no record, and types that say nothing make none', async t => {
	const {driver, root} = createSandbox();
	await driver.put('a', bodyOf('x'), {});
	await driver.put('b', bodyOf('x'), {headers: {contentType: 'application/octet-stream'}, metadata: {}});
	await driver.put('c', bodyOf('x'), {headers: {contentType: 'binary/octet-stream'}});
	t.deepEqual(treeOf(root), ['a', 'b', 'c']);
	t.like(await driver.stat('b', {}), {headers: {}, checksums: {}});
});

test('a file that somebody else has changed has nothing kept of before', async t => {
	const {driver, root} = createSandbox();
	for (const change of [() => writeFileSync(path.join(root, 'a'), 'longer than before'), () => utimesSync(path.join(root, 'a'), 1, 1)]) {
		await driver.put('a', bodyOf('x'), write);
		change();
		const info = await driver.stat('a', {});
		t.deepEqual([{...info.metadata}, {...info.headers}, {...info.checksums}], [{}, {}, {}]);
	}
});

test('writes of one key, size and moment each have their own metadata', async t => {
	const {driver, root} = createSandbox();
	for (let round = 0; round < 20; round++) {
		await Promise.all(
			Array.from({length: 10}, async (_, writer) => driver.put('a', bodyOf(String(writer)), {metadata: {writer: String(writer)}})),
		);
		t.is((await driver.stat('a', {})).metadata.writer, readFileSync(path.join(root, 'a'), 'utf8'));
	}
});

test('half a record, or one that others have written, does no harm', async t => {
	const {driver, root} = createSandbox();
	await driver.put('a', bodyOf('x'), write);
	const [record] = recordsOf(root);
	for (const text of ['', '{"headers":{"conte', 'null', '[]', '{"headers":7,"metadata":"x"}', '{"metadata":{"a":{"b":1}},"crc32c":"x"}']) {
		writeFileSync(path.join(root, record!), text);
		const info = await driver.stat('a', {});
		t.is(info.size, 1);
		t.deepEqual({...info.headers, ...info.checksums}, {});
		t.false(Object.values(info.metadata).some(value => typeof value !== 'string'));
	}

	writeFileSync(path.join(root, record!), '{"metadata":{"__proto__":"p"},"headers":{"__proto__":"p","contentType":"a/b"}}');
	const {metadata, headers} = await driver.stat('a', {});
	t.deepEqual(Object.keys(metadata), ['__proto__']);
	t.deepEqual(Object.keys(headers), ['contentType']);
	t.is(Object.getPrototypeOf(metadata), null);
});

test('without metadata nothing is kept, and nothing is read', async t => {
	const {driver, root, open} = createSandbox();
	await driver.put('a', bodyOf('x'), write);
	const plain = open({metadata: 'none'});
	t.deepEqual({...(await plain.stat('a', {})).metadata}, {});
	await plain.put('b', bodyOf('x'), write);
	t.is(recordsOf(root).length, 1);
});

test('a record that cannot be written fails the write, and the old object stays', async t => {
	const {driver, root} = createSandbox();
	await driver.put('a', bodyOf('old'), {});
	writeFileSync(path.join(root, '.sluice'), 'a file');
	await failsWith(t, driver.put('a', bodyOf('new'), write), 'CONFLICT');
	t.is(readFileSync(path.join(root, 'a'), 'utf8'), 'old');
	t.deepEqual(readdirSync(root).toSorted(), ['.sluice', 'a']);
});

for (const {name, anchored} of ways) {
	test(`${name}: whoever reads an object while it is replaced gets the metadata of the bytes that are read`, async t => {
		const {driver, open} = createSandbox({anchored});
		const put = async (round: number) => driver.put('a', bodyOf(String(round)), {metadata: {round: String(round)}});
		await put(0);
		let isOver = false;
		let reads = 0;

		const read = async () => {
			const reader = open();
			while (!isOver) {
				let content = '';
				const {info} = await reader.read('a', {}, chunk => {
					content += Buffer.from(chunk).toString();
				});
				reads++;
				t.is(info.metadata.round, content);
				t.regex((await reader.stat('a', {})).metadata.round ?? 'none', /^\d+$/);
				await setImmediate();
			}
		};

		const write = async () => {
			for (let round = 1; round < 3000; round++) {
				await put(round);
			}

			isOver = true;
		};

		await Promise.all([write(), read(), read(), read()]);
		t.true(reads > 100);
	});
}
