import test from 'ava';
import {createLab, filesIn} from './lab.ts';

test('rm removes an object and leaves the others', async t => {
	const lab = await createLab(t);
	await lab.write('one/a', '');
	await lab.write('one/b', '');

	t.is((await lab.run(['rm', 'one:a'])).code, 0);
	t.deepEqual(await filesIn(lab.path('one')), ['b']);
});

test('rm -r removes what is in a prefix, not what only begins like it', async t => {
	const lab = await createLab(t);
	for (const name of ['a/b', 'a/c/d', 'ab', 'z']) {
		await lab.write(`one/${name}`, '');
	}

	const {code, stderr} = await lab.run(['rm', '-r', 'one:a']);

	t.is(code, 0);
	t.is(stderr, 'removed 2 objects\n');
	t.deepEqual(await filesIn(lab.path('one')), ['ab', 'z']);
});

test('rm -r of a bucket empties it, over many pages', async t => {
	const lab = await createLab(t);
	await Promise.all(Array.from({length: 2500}, async (_, index) => lab.write(`one/${index % 7}/${index}`, '')));

	const {code, stderr} = await lab.run(['rm', '-r', 'one:']);

	t.is(code, 0, stderr);
	t.is(stderr, 'removed 2,500 objects\n');
	t.deepEqual(await filesIn(lab.path('one')), []);
});

test('rm without a key is refused', async t => {
	const lab = await createLab(t);
	await lab.write('one/a', '');

	const {code, stderr} = await lab.run(['rm', 'one:']);

	t.is(code, 2);
	t.regex(stderr, /names no object/);
	t.deepEqual(await filesIn(lab.path('one')), ['a']);
});
