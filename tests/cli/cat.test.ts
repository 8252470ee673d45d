import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {createLab, seeded} from './lab.ts';

const MIB = 1024 * 1024;

test('cat writes an object to standard output', async t => {
	const lab = await createLab(t);
	const content = seeded(5 * MIB + 3);
	await lab.write('one/a.bin', content);

	const {code, stdout, stderr} = await lab.run(['cat', 'one:a.bin']);

	t.is(code, 0);
	t.is(stderr, '');
	t.true(stdout.equals(content));
});

test('cat of an empty object writes nothing', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.bin', '');

	const {code, stdout} = await lab.run(['cat', ':a.bin']);

	t.is(code, 0);
	t.is(stdout.length, 0);
});

test('cat into a reader that goes away is no error', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.bin', seeded(20 * MIB));
	const {child, ended} = lab.start(['cat', 'one:a.bin']);
	const head = spawn('head', ['--bytes=100'], {stdio: ['pipe', 'ignore', 'ignore']});
	head.stdin.on('error', () => child.stdout!.destroy());
	child.stdout!.pipe(head.stdin);

	await once(head, 'close');
	const {code, stderr} = await ended.catch(async () => ({code: child.exitCode ?? (await once(child, 'exit'))[0], stderr: ''}));

	t.is(code, 0);
	t.is(stderr, '');
});

test('cat of what is not there fails with 1 and tells how to find what is', async t => {
	const lab = await createLab(t);

	const {code, stderr} = await lab.run(['cat', 'one:none']);

	t.is(code, 1);
	t.regex(stderr, /^sluice: one:none: .*\[NOT_FOUND\]\nList what there is with `sluice ls`\.\n$/);
});
