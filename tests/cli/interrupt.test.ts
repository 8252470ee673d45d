import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {createLab, filesIn, type Lab, type Running, seeded} from './lab.ts';

const MIB = 1024 * 1024;

/** Starts a put of a pipe that stays open, and waits until something of it lies in the bucket. */
const startPut = async (lab: Lab): Promise<Running> => {
	const running = lab.start(['put', '-', 'one:a.bin', '--part-size', '1MiB'], {input: 'open'});
	running.child.stdin!.write(seeded(4 * MIB));
	while (running.child.exitCode === null && (await filesIn(lab.path('one'))).length === 0) {
		await sleep(20);
	}

	return running;
};

for (const [signal, expected] of [
	['SIGINT', 130],
	['SIGTERM', 143],
] as const) {
	test(`${signal} in the middle of a put ends it with ${expected}, leaving nothing`, async t => {
		const lab = await createLab(t);
		const {child, ended} = await startPut(lab);
		const begin = performance.now();

		child.kill(signal);
		const {code, stderr} = await ended;

		t.is(code, expected);
		t.is(stderr, 'sluice: interrupted\n');
		t.true(performance.now() - begin < 5000);
		t.deepEqual(await filesIn(lab.path('one')), []);
	});
}

test('a put that is killed is no object, is listed by uploads, and removed by --abort', async t => {
	const lab = await createLab(t);
	const {child} = await startPut(lab);

	child.kill('SIGKILL');
	await once(child, 'exit');

	t.is((await lab.run(['stat', 'one:a.bin'])).code, 1);
	t.regex((await lab.run(['uploads', 'one:'])).stdout.toString(), /^\S+ {2}a\.bin\n$/);
	t.is((await lab.run(['uploads', 'one:b'])).stdout.length, 0);

	const {code, stderr} = await lab.run(['uploads', 'one:', '--abort']);

	t.is(code, 0, stderr);
	t.is(stderr, 'removed 1 unfinished upload\n');
	t.is((await lab.run(['uploads'])).stdout.length, 0);
	t.deepEqual(await filesIn(lab.path('one')), []);
});

test('SIGINT while nobody reads the output of cat ends it with 130', async t => {
	const lab = await createLab(t);
	await lab.write('one/a.bin', seeded(8 * MIB));
	const {child, ended} = lab.start(['cat', 'one:a.bin']);
	await once(child.stdout!, 'readable');
	child.stdout!.pause();

	child.kill('SIGINT');
	await once(child, 'exit');
	child.stdout!.resume();

	t.is((await ended).code, 130);
});
