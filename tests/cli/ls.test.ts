import test from 'ava';
import {createLab} from './lab.ts';

const names = ['a.txt', 'b/c.txt', 'b/d/e.txt', 'bb.txt'];

test('ls lists one level, folders with a slash', async t => {
	const lab = await createLab(t);
	await Promise.all(names.map(async name => lab.write(`one/${name}`, name)));

	t.is((await lab.run(['ls', 'one:'])).stdout.toString(), 'a.txt\nb/\nbb.txt\n');
	t.is((await lab.run(['ls', 'one:b/'])).stdout.toString(), 'b/c.txt\nb/d/\n');
	t.is((await lab.run(['ls'])).stdout.toString(), 'a.txt\nb/\nbb.txt\n');
});

test('ls -R lists all keys with the prefix', async t => {
	const lab = await createLab(t);
	await Promise.all(names.map(async name => lab.write(`one/${name}`, name)));

	t.is((await lab.run(['ls', '-R', 'one:'])).stdout.toString(), `${names.join('\n')}\n`);
	t.is((await lab.run(['ls', '-R', 'one:b'])).stdout.toString(), 'b/c.txt\nb/d/e.txt\nbb.txt\n');
});

test('ls -l shows size and date', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.txt', 'hello');
	await lab.write('one/b/c', '');

	const {stdout} = await lab.run(['ls', '-l', 'one:']);

	t.regex(stdout.toString(), /^ +5 {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}a\.txt\n +- {2}- +b\/\n$/);
});

test('ls of nothing prints nothing', async t => {
	const lab = await createLab(t);

	const {code, stdout, stderr} = await lab.run(['ls', 'one:none/']);

	t.is(code, 0);
	t.is(stdout.toString() + stderr, '');
});

test('ls prints a listing of many pages in order', async t => {
	const lab = await createLab(t);
	const many = Array.from({length: 2500}, (_, index) => `k${String(index).padStart(5, '0')}`);
	await Promise.all(many.map(async name => lab.write(`one/${name}`, '')));

	t.is((await lab.run(['ls', '-R', 'one:'])).stdout.toString(), `${many.join('\n')}\n`);
});
