import {readFile} from 'node:fs/promises';
import test from 'ava';
import {createLab} from './lab.ts';

const canary = 'canary-secret-91c4';

const wrong: readonly (readonly [title: string, args: readonly string[], message: RegExp])[] = [
	['no command', [], /Usage: sluice/],
	['an unknown command', ['pt'], /unknown command 'pt'/],
	['an unknown option', ['ls', '--foo'], /unknown option '--foo'/],
	['a missing argument', ['put', 'x'], /missing required argument 'target'/],
	['too many arguments', ['stat', 'one:a', 'one:b'], /too many arguments/],
	['a size that is none', ['put', '-', 'one:a', '--part-size', 'big'], /Write a size such as/],
	['a number that is none', ['put', '-', 'one:a', '--concurrency', '0'], /Write a whole number from 1/],
	['a path where a bucket is due', ['cat', 'file.txt'], /`file\.txt` names no bucket/],
	['a bucket without a key', ['stat', 'one:'], /names no object/],
	['standard input without a key', ['put', '-', 'one:dir/'], /standard input has no name/],
	['a name that is not configured', ['ls', 'oen:'], /no bucket is named `oen`; did you mean `one`\?.*sluice\.config\.json/i],
	['a drive letter', ['put', 'file', 'C:\\file'], /no bucket is named `C`/i],
	['a configuration that is not there', ['ls', '--config', 'none.json'], /none\.json/],
	['a bucket of a type that comes later', ['ls', 'later:'], /`later`.*`type`.*not supported yet/],
	['a bucket of a type that nobody knows', ['ls', 'odd:'], /`odd`.*`type`.*did you mean `s3_eu_west`/],
	['a secret that is not set', ['ls', 'unset:'], /`unset`.*`key`.*`NO_SUCH_VARIABLE` is not set/],
];

const providers = {
	one: {type: 'local', bucket: './one'},
	later: {type: 'libcloud.storage.types.Provider.GOOGLE_STORAGE', user: 'GOOG', key: canary, bucket: 'b'},
	odd: {type: 's3_eu_wset', user: 'u', key: canary, bucket: 'b'},
	unset: {type: 's3', user: canary, key: {env: 'NO_SUCH_VARIABLE'}, bucket: 'b'},
	closed: {
		type: 's3',
		user: 'user',
		key: {env: 'LAB_KEY'},
		bucket: 'b',
		region: 'us-east-1',
		endpoint: 'http://127.0.0.1:1',
		pathStyle: true,
	},
};

for (const [title, args, message] of wrong) {
	test(`${title} ends with 2, and no secret is told`, async t => {
		const lab = await createLab(t, {providers});

		const {code, stdout, stderr} = await lab.run([...args, '--verbose']);

		t.is(code, 2);
		t.is(stdout.length, 0);
		t.regex(stderr, message);
		t.false(stderr.includes(canary));
	});
}

test('an error takes two lines at most', async t => {
	const lab = await createLab(t, {providers});

	for (const [title, args] of wrong.slice(1)) {
		const {stderr} = await lab.run(args);
		t.true(stderr.trimEnd().split('\n').length <= 2, title);
	}
});

test('a server that cannot be reached ends with 1, and no secret is told', async t => {
	const lab = await createLab(t, {providers});

	const {code, stderr} = await lab.run(['stat', 'closed:a', '--verbose'], {environment: {LAB_KEY: canary}});

	t.is(code, 1);
	t.regex(stderr, /^sluice: closed:a: .*\[CONNECT_FAILED\]$/m);
	t.false(stderr.includes(canary));
});

test('control characters of a key do not reach the terminal in an error', async t => {
	const lab = await createLab(t, {providers});

	const {stderr} = await lab.run(['stat', 'one:a\u001B[31m\u202Eb']);

	t.true(stderr.includes('a\\u{1b}[31m\\u{202e}b'));
});

test('--version prints the version, alone or with other options', async t => {
	const lab = await createLab(t);
	const {version} = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string};

	t.is((await lab.run(['--version'])).stdout.toString(), `${version}\n`);
	t.is((await lab.run(['--quiet', '--version'])).stdout.toString(), `${version}\n`);
});

test('--help tells the commands and ends with 0', async t => {
	const lab = await createLab(t);

	const {code, stdout} = await lab.run(['--help']);

	t.is(code, 0);
	t.regex(stdout.toString(), /put .*\n[\s\S]*cat .*\n[\s\S]*cp .*\n[\s\S]*ls .*\n[\s\S]*stat .*\n[\s\S]*rm .*\n[\s\S]*uploads /);
});
