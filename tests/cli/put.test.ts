import {open, readFile} from 'node:fs/promises';
import test from 'ava';
import {createLab, filesIn, seeded} from './lab.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

test('put sums up what it did in one line', async t => {
	const lab = await createLab(t);
	await lab.write('file.bin', seeded(20 * MIB + 1));

	const {code, stdout, stderr} = await lab.run(['put', 'file.bin', 'memory:a.bin']);

	t.is(code, 0, stderr);
	t.is(stdout.length, 0);
	t.regex(stderr, /^copied 20\.00 MiB in [\d.]+ s, [\d.]+ \w+\/s, CRC32C [\da-f]{8}, verified by the destination's checksum\n$/);
});

test('put stores a file under the key', async t => {
	const lab = await createLab(t);
	const content = seeded(3 * MIB + 1);
	await lab.write('file.bin', content);

	const {code, stderr} = await lab.run(['put', 'file.bin', 'one:dir/a.bin', '--part-size', '1MiB']);

	t.is(code, 0, stderr);
	t.true((await readFile(lab.path('one/dir/a.bin'))).equals(content));
});

test('put takes a key that ends with a slash for a folder', async t => {
	const lab = await createLab(t);
	await lab.write('in/file.txt', 'hello');

	t.is((await lab.run(['put', 'in/file.txt', 'one:dir/', '--quiet'])).code, 0);
	t.is((await lab.run(['put', 'in/file.txt', ':', '--quiet'])).code, 0);
	t.deepEqual(
		(await filesIn(lab.path('one'))).filter(name => !name.startsWith('.sluice')),
		['dir/file.txt', 'file.txt'],
	);
});

test('put --quiet says nothing', async t => {
	const lab = await createLab(t);
	await lab.write('file.txt', 'hello');

	const {stdout, stderr} = await lab.run(['put', '--quiet', 'file.txt', 'one:a']);

	t.is(stdout.toString() + stderr, '');
});

for (const size of [0, 1, 64 * KIB, MIB, MIB + 1, 5 * MIB + 17]) {
	test(`put - stores ${size} bytes of a pipe`, async t => {
		const lab = await createLab(t);
		const content = seeded(size);

		const {code, stderr} = await lab.run(['put', '-', 'one:a.bin', '--part-size', '1MiB'], {input: content});

		t.is(code, 0, stderr);
		t.true((await readFile(lab.path('one/a.bin'))).equals(content));
	});
}

test('put - stores a pipe that is faster than the bucket, with little memory', async t => {
	const lab = await createLab(t);
	const content = seeded(24 * MIB);

	const {code, stderr} = await lab.run(['put', '-', 'one:a.bin', '--part-size', '1MiB', '--concurrency', '1', '--memory', '2MiB'], {
		input: content,
	});

	t.is(code, 0, stderr);
	t.true((await readFile(lab.path('one/a.bin'))).equals(content));
});

test('put - stores a file that is standard input, from where it stands', async t => {
	const lab = await createLab(t);
	const content = seeded(2 * MIB + 5);
	const file = await open(await lab.write('file.bin', content));
	t.teardown(async () => file.close());
	await file.read(Buffer.alloc(5), 0, 5);

	const {code, stderr} = await lab.run(['put', '-', 'one:a.bin'], {descriptor: file.fd});

	t.is(code, 0, stderr);
	t.true((await readFile(lab.path('one/a.bin'))).equals(content.subarray(5)));
});

test('put - stores an empty device', async t => {
	const lab = await createLab(t);
	const device = await open('/dev/null');
	t.teardown(async () => device.close());

	t.is((await lab.run(['put', '-', 'one:a.bin'], {descriptor: device.fd})).code, 0);
	t.is((await readFile(lab.path('one/a.bin'))).length, 0);
});

test('put of a file that is not there fails with 1 and stores nothing', async t => {
	const lab = await createLab(t);

	const {code, stderr} = await lab.run(['put', 'none.bin', 'one:a.bin']);

	t.is(code, 1);
	t.regex(stderr, /^sluice: none\.bin: .*\[NOT_FOUND\]\n.*\n$/);
	t.deepEqual(await filesIn(lab.path('one')), []);
});

test('put of a folder is refused', async t => {
	const lab = await createLab(t);

	const {code, stderr} = await lab.run(['put', 'two', 'one:a']);

	t.is(code, 2);
	t.regex(stderr, /`two` is a folder: `sluice cp -r`/);
});
