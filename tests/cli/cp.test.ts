import {readFile, symlink} from 'node:fs/promises';
import test from 'ava';
import {createLab, filesIn, seeded} from './lab.ts';

const MIB = 1024 * 1024;

test('cp copies from bucket to bucket, from a file and to a file', async t => {
	const lab = await createLab(t);
	const content = seeded(2 * MIB + 1);
	await lab.write('in.bin', content);

	for (const [source, target] of [
		['in.bin', 'one:a.bin'],
		['one:a.bin', 'two:dir/b.bin'],
		['two:dir/b.bin', './out.bin'],
	] as const) {
		const {code, stderr} = await lab.run(['cp', source, target, '--part-size', '1MiB']);
		t.is(code, 0, stderr);
		t.regex(stderr, /^copied 2\.00 MiB .*verified.*\n$/);
	}

	t.true((await readFile(lab.path('out.bin'))).equals(content));
});

test('cp into a folder, a prefix or a bucket keeps the name', async t => {
	const lab = await createLab(t);
	await lab.write('one/dir/a.txt', 'hello');
	await lab.write('out/x', '');

	for (const target of ['out', 'new/', 'two:', 'two:p/']) {
		t.is((await lab.run(['cp', 'one:dir/a.txt', target, '--quiet'])).code, 0);
	}

	for (const file of ['out/a.txt', 'new/a.txt', 'two/a.txt', 'two/p/a.txt']) {
		t.is(await readFile(lab.path(file), 'utf8'), 'hello');
	}
});

test('cp leaves nothing beside the file in a folder of the user', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.txt', 'hello');

	await lab.run(['cp', 'one:a.txt', 'out/a.txt']);

	t.deepEqual(await filesIn(lab.path('out')), ['a.txt']);
});

test('cp follows a symbolic link that is named', async t => {
	const lab = await createLab(t);
	await lab.write('real.txt', 'hello');
	await symlink(lab.path('real.txt'), lab.path('link.txt'));

	const {code, stderr} = await lab.run(['cp', 'link.txt', 'one:a.txt']);

	t.is(code, 0, stderr);
	t.is(await readFile(lab.path('one/a.txt'), 'utf8'), 'hello');
});

test('cp -r copies all below a folder or prefix, both ways', async t => {
	const lab = await createLab(t);
	const names = ['a.txt', 'b/c.txt', 'b/d/e.txt', '100%.txt'];
	for (const name of names) {
		await lab.write(`in/${name}`, name);
	}

	const up = await lab.run(['cp', '-r', 'in', 'one:p']);
	const across = await lab.run(['cp', '-r', 'one:p', 'two:q/', '--objects', '2']);
	const down = await lab.run(['cp', '-r', 'two:q/b', 'out']);

	t.regex(up.stderr, /^copied 4 objects, .*\n$/);
	t.is(across.code, 0, across.stderr);
	t.is(down.code, 0, down.stderr);
	t.deepEqual(await filesIn(lab.path('out')), ['c.txt', 'd/e.txt']);
	t.is(await readFile(lab.path('out/d/e.txt'), 'utf8'), 'b/d/e.txt');
});

test('cp -r of nothing copies nothing', async t => {
	const lab = await createLab(t);

	const {code, stderr} = await lab.run(['cp', '-r', 'one:none', 'two:']);

	t.is(code, 0);
	t.regex(stderr, /^copied 0 objects/);
});

test('cp -r goes on behind an object that fails, tells which, and ends with 1', async t => {
	const lab = await createLab(t);
	await lab.write('one/a/b.txt', 'b');
	await lab.write('one/c.txt', 'c');
	await lab.write('two/a', 'in the way of the folder');

	const {code, stderr} = await lab.run(['cp', '-r', 'one:', 'two:']);

	t.is(code, 1);
	t.regex(stderr, /^sluice: .*a\/b\.txt: .*\[[A-Z_]+\]\n/);
	t.regex(stderr, /copied 1 object, .*, 1 failed\n$/);
	t.is(await readFile(lab.path('two/c.txt'), 'utf8'), 'c');
});

test('cp onto itself is refused', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.txt', 'hello');

	const {code, stderr} = await lab.run(['cp', 'one:a.txt', 'one:a.txt']);

	t.is(code, 1);
	t.regex(stderr, /\[SAME_LOCATION\]/);
	t.is(await readFile(lab.path('one/a.txt'), 'utf8'), 'hello');
});

test('cp of a folder without -r is refused', async t => {
	const lab = await createLab(t);

	const {code, stderr} = await lab.run(['cp', 'one', 'two:']);

	t.is(code, 2);
	t.regex(stderr, /`one` is a folder: `-r`/);
});
