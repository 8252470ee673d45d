import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {inspect} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {type Config, loadConfig} from '../../source/config/index.ts';

const canary = 'canary-secret-7f3a';

/** A folder with files in it, gone after the test. */
const folderWith = async (t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> => {
	const folder = await mkdtemp(path.join(tmpdir(), 'sluice-config-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	for (const [name, content] of Object.entries(files)) {
		await mkdir(path.dirname(path.join(folder, name)), {recursive: true});
		await writeFile(path.join(folder, name), content);
	}

	return folder;
};

const load = async (directory: string, source?: Config | string, environment = {}) => loadConfig(source, {directory, environment});

const entry = {type: 'memory', bucket: 'b'};
const json = JSON.stringify({providers: {lab: entry}, default: 'lab', memory: '64MiB'});

const modules = {
	json,
	js: `export default ${json};`,
	ts: `const config: {providers: object} = ${json};\nexport default config;`,
	mjs: `export default ${json};`,
};

for (const [extension, content] of Object.entries(modules)) {
	test(`reads sluice.config.${extension}`, async t => {
		const folder = await folderWith(t, {[`sluice.config.${extension}`]: content, 'package.json': '{"type": "module"}'});

		const config = await load(folder);

		t.deepEqual([...config.entries], [['lab', entry]]);
		t.is(config.default, 'lab');
		t.is(config.memory, 64 * 1024 * 1024);
		t.is(config.file, path.join(folder, `sluice.config.${extension}`));
	});
}

test('finds the nearest file from the folder upwards', async t => {
	const folder = await folderWith(t, {'sluice.config.json': json, 'a/sluice.config.json': '{"providers": {}}', 'a/b/c/x': ''});

	t.is((await load(path.join(folder, 'a/b/c'))).file, path.join(folder, 'a/sluice.config.json'));
});

test('takes SLUICE_CONFIG before what lies near, and an explicit path before both', async t => {
	const folder = await folderWith(t, {'sluice.config.json': json, 'one.json': json, 'two.json': json});
	const environment = {SLUICE_CONFIG: 'one.json'};

	t.is((await load(folder, undefined, environment)).file, path.join(folder, 'one.json'));
	t.is((await load(folder, 'two.json', environment)).file, path.join(folder, 'two.json'));
});

test('an empty SLUICE_CONFIG counts as none', async t => {
	const folder = await folderWith(t, {'sluice.config.json': json});

	t.is((await load(folder, undefined, {SLUICE_CONFIG: ''})).file, path.join(folder, 'sluice.config.json'));
});

test('reads settings under the names of Apache Libcloud and ignores the others', async t => {
	const settings = {LIBCLOUD_PROVIDERS: {amazon_1: entry}, DEFAULT_LIBCLOUD_PROVIDER: 'amazon_1', DEFAULT_FILE_STORAGE: 'x'};
	const folder = await folderWith(t, {'sluice.config.json': JSON.stringify(settings)});

	const config = await load(folder);

	t.deepEqual([...config.entries.keys()], ['amazon_1']);
	t.is(config.default, 'amazon_1');
});

test('keeps an entry called __proto__ as data', async t => {
	const folder = await folderWith(t, {'sluice.config.json': '{"providers": {"__proto__": {"type": "memory", "bucket": "b"}}}'});

	t.deepEqual([...(await load(folder)).entries.keys()], ['__proto__']);
	t.is(({} as {type?: string}).type, undefined);
});

const broken: readonly (readonly [title: string, name: string, content: string, message: RegExp])[] = [
	['JSON that is cut off', 'sluice.config.json', `{"providers": {"lab": {"key": "${canary}`, /is not valid JSON/],
	['JSON with a fault in line 3', 'sluice.config.json', `{"providers":\n{"lab": {"key":\n "${canary}" "x"}}}`, /is not valid JSON, line 3/],
	['a module with a fault', 'sluice.config.mjs', `export default {key: '${canary}' ${canary}};`, /is not valid code/],
	['a module with a fault in its types', 'sluice.config.ts', `export default {key: '${canary}' as as ${canary} {;`, /is not valid code/],
	['a module that throws', 'sluice.config.mjs', 'throw new Error("set LAB first");', /cannot be loaded: set LAB first/],
	['a module without default export', 'sluice.config.mjs', 'export const config = {};', /has no default export/],
	['a list', 'sluice.config.json', '[]', /must be an object/],
	['no providers', 'sluice.config.json', '{}', /field `providers`.*must be an object/i],
	['an unknown field', 'sluice.config.json', '{"provider": {}}', /field `provider`.*did you mean `providers`/i],
	['a name with a colon', 'sluice.config.json', '{"providers": {"a:b": {}}}', /cannot be named "a:b"/],
	['a default that is no name', 'sluice.config.json', '{"providers": {}, "default": 1}', /field `default`/i],
	['a memory that is no size', 'sluice.config.json', '{"providers": {}, "memory": "much"}', /field `memory`/i],
];

for (const [title, name, content, message] of broken) {
	test(`refuses ${title}, naming the file and quoting nothing`, async t => {
		const folder = await folderWith(t, {[name]: content});

		const error = await t.throwsAsync(load(folder), {name: 'SluiceError', code: 'INVALID_CONFIG', message});

		t.true(error!.message.includes(path.join(folder, name)));
		t.false(inspect(error, {depth: 10, showHidden: true}).includes(canary));
	});
}

test('refuses a named file that is not there', async t => {
	const folder = await folderWith(t, {});

	await t.throwsAsync(load(folder, 'none.json'), {code: 'INVALID_CONFIG', message: /none\.json/});
	await t.throwsAsync(load(folder, 'none.ts'), {code: 'INVALID_CONFIG', message: /none\.ts/});
});

test('is without buckets when there is no file', async t => {
	const folder = await folderWith(t, {});

	t.is((await load(folder)).entries.size, 0);
});
