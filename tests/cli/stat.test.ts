import test from 'ava';
import {createLab} from './lab.ts';

test('stat tells about an object', async t => {
	const lab = await createLab(t);
	await lab.write('one/dir/a.txt', 'hello');

	const {code, stdout} = await lab.run(['stat', 'one:dir/a.txt']);

	t.is(code, 0);
	t.regex(stdout.toString(), /^key +dir\/a\.txt\nsize +5 \(5 B\)\nmodified +\d{4}-.*Z\n/);
});

test('stat --json gives the same as JSON', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.txt', 'hello');

	const {stdout} = await lab.run(['stat', '--json', 'one:a.txt']);

	const info = JSON.parse(stdout.toString()) as {key: string; size: number; metadata: object};
	t.is(info.key, 'a.txt');
	t.is(info.size, 5);
	t.deepEqual(info.metadata, {});
});

test('stat of what is not there fails with 1', async t => {
	const lab = await createLab(t);

	const {code, stdout, stderr} = await lab.run(['stat', 'one:none']);

	t.is(code, 1);
	t.is(stdout.length, 0);
	t.regex(stderr, /one:none: .*\[NOT_FOUND\]/);
});
