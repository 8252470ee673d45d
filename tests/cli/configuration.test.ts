import test from 'ava';
import {createLab} from './lab.ts';

const typescript = `
const folder: string = './two';
export default {providers: {typed: {type: 'local', bucket: folder}}, default: 'typed'};
`;

test('a configuration in TypeScript, of the folder above, is found; its paths begin where it lies', async t => {
	const lab = await createLab(t);
	await lab.write('deep/sluice.config.ts', typescript);
	await lab.write('deep/two/a.txt', 'hello');

	const {code, stdout, stderr} = await lab.run(['ls'], {environment: {SLUICE_CONFIG: 'deep/sluice.config.ts'}});

	t.is(code, 0, stderr);
	t.is(stdout.toString(), 'a.txt\n');
});

test('--config wins over SLUICE_CONFIG', async t => {
	const lab = await createLab(t);
	await lab.write('typed.ts', typescript);
	await lab.write('two/b.txt', 'hello');

	const {stdout} = await lab.run(['ls', '--config', 'typed.ts'], {environment: {SLUICE_CONFIG: 'none.json'}});

	t.is(stdout.toString(), 'b.txt\n');
});

test('settings of Apache Libcloud are read as they are, and the near name is suggested', async t => {
	const lab = await createLab(t, {
		LIBCLOUD_PROVIDERS: {amazon_1: {type: 'libcloud.storage.types.Provider.S3_US_STANDARD_HOST', user: 'u', key: 'k', bucket: 'b'}},
		DEFAULT_LIBCLOUD_PROVIDER: 'amazon-1',
	});

	const {code, stderr} = await lab.run(['ls']);

	t.is(code, 2);
	t.regex(stderr, /field `default`: no bucket is named `amazon-1`; did you mean `amazon_1`\?/i);
});

test('paths are copied without any configuration', async t => {
	const lab = await createLab(t, {providers: {}});
	await lab.write('a.txt', 'hello');

	t.is((await lab.run(['cp', 'a.txt', 'b.txt'])).code, 0);
});
