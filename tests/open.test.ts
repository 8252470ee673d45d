import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {inspect} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {type Config, defineConfig, env, open} from '../source/index.ts';
import {processBudget} from '../source/streams/memory-budget.ts';

const canary = 'canary-secret-c0de';

const config = defineConfig({
	providers: {
		one: {type: 'memory', bucket: 'one'},
		two: {type: 'memory', bucket: 'two'},
		lab: {type: 's3', user: 'user', key: canary, bucket: 'b', region: 'us-east-1', endpoint: 'http://127.0.0.1:1', pathStyle: true},
		later: {type: 's3', user: 'user', key: env('LATER_KEY'), bucket: 'bucket-1', region: 'us-east-1'},
	},
	default: 'one',
});

/** The configuration opened, closed after the test. */
const opened = async (t: ExecutionContext, source: Config | string = config, options = {}) => {
	const sluice = await open(source, {environment: {}, ...options});
	t.teardown(async () => sluice.close());
	return sluice;
};

test('opens each bucket once, the default one without a name', async t => {
	const sluice = await opened(t);

	t.deepEqual(sluice.names, ['one', 'two', 'lab', 'later']);
	t.is(await sluice.bucket(), await sluice.bucket('one'));
	t.not(await sluice.bucket('one'), await sluice.bucket('two'));
	t.is((await sluice.bucket('two')).name, 'two');
});

test('fetches secrets when a bucket is used, and again after one was missing', async t => {
	const environment: Record<string, string> = {};
	const sluice = await opened(t, config, {environment});

	await t.throwsAsync(sluice.bucket('later'), {code: 'INVALID_CONFIG', message: /`LATER_KEY` is not set/});
	environment.LATER_KEY = canary;

	t.is((await sluice.bucket('later')).name, 'later');
});

test('copies between buckets by name', async t => {
	const sluice = await opened(t);
	const one = await sluice.bucket('one');
	await one.put('a/x', 'hello');
	await one.put('a/y', 'world');

	const result = await sluice.copy('one:a/x', 'two:b');
	const summary = await sluice.copyMany(':a/', {bucket: await sluice.bucket('two'), key: 'c/'});

	t.is(result.size, 5);
	t.like(summary, {copied: 2, bytes: 10, failed: []});
	t.is((await (await sluice.bucket('two')).bytes('c/y')).toString(), 'world');
});

test('refuses a reference without a bucket', async t => {
	const sluice = await opened(t);

	await t.throwsAsync(sluice.copy('a/x', 'two:b'), {code: 'INVALID_ARGUMENT', message: /`a\/x` names no bucket/});
});

test('opens a bucket that is not configured, by its entry', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'sluice-open-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	const sluice = await opened(t);

	const bucket = await sluice.bucket({type: 'local', bucket: folder, metadata: 'none', name: 'here'});
	await bucket.put('a', 'hello');

	t.is(bucket.name, 'here');
	t.is(await readFile(path.join(folder, 'a'), 'utf8'), 'hello');
});

test('folders are relative to the configuration file, and its name is in the errors of providers', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'sluice-open-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	const file = path.join(folder, 'sluice.config.json');
	const providers = {disk: {type: 'local', bucket: './data'}, odd: {type: 'local', bucket: './data', colour: 'red'}};
	await mkdir(path.join(folder, 'data'));
	await writeFile(file, JSON.stringify({providers}));
	const sluice = await opened(t, file);

	await (await sluice.bucket('disk')).put('a', 'hello');

	t.is(await readFile(path.join(folder, 'data/a'), 'utf8'), 'hello');
	const error = await t.throwsAsync(sluice.bucket('odd'), {code: 'INVALID_CONFIG', message: /odd.*colour/});
	t.true(error!.message.endsWith(`(${file})`));
});

for (const type of [
	'google_storage',
	'OPENSTACK_SWIFT',
	'atmos',
	'libcloud.storage.types.Provider.CLOUDFIULES_US',
	'libcloud.storage.types.Provider.NIMBUS',
]) {
	test(`says of ${type} that it is not supported yet`, async t => {
		const sluice = await opened(t, {providers: {old: {type, user: 'u', key: canary, bucket: 'b'}}});

		await t.throwsAsync(sluice.bucket('old'), {code: 'INVALID_CONFIG', message: /^Bucket `old`, field `type`: .* is not supported yet$/});
	});
}

for (const type of ['s3', 'S3_EU_WEST', 's3-us-west-oregon', 'libcloud.storage.types.Provider.S3_US_STANDARD_HOST']) {
	test(`takes ${type} for Amazon S3`, async t => {
		const sluice = await opened(t, {
			providers: {amazon: {type, user: 'u', key: canary, bucket: 'bucket-1', region: type === 's3' ? 'us-east-1' : undefined}},
		});

		t.is((await sluice.bucket('amazon')).capabilities.provider, 's3');
	});
}

for (const type of ['foo.Bar.S3', 's4', '', 'constructor']) {
	test(`refuses the type "${type}"`, async t => {
		const sluice = await opened(t, {providers: {odd: {type, user: 'u', key: canary, bucket: 'b'}}});

		await t.throwsAsync(sluice.bucket('odd'), {code: 'INVALID_CONFIG', message: /^Bucket `odd`, field `type`: /});
	});
}

test('shows no secret, however it is printed', async t => {
	const sluice = await opened(t);
	const bucket = await sluice.bucket('lab');
	const error = await t.throwsAsync(bucket.stat('a'));

	for (const value of [sluice, bucket, error]) {
		t.false(inspect(value, {depth: Number.POSITIVE_INFINITY, showHidden: true}).includes(canary));
		t.false((JSON.stringify(value) ?? '').includes(canary));
	}
});

test('opens nothing more once it is closed', async t => {
	const sluice = await opened(t);
	await sluice.close();

	await t.throwsAsync(sluice.bucket('one'), {code: 'INVALID_ARGUMENT'});
});

test.serial('sets the memory of the process: the option first, then the configuration', async t => {
	const before = processBudget.limit;
	t.teardown(() => {
		processBudget.limit = before;
	});

	await opened(t, {...config, memory: '64MiB'});
	t.is(processBudget.limit, 64 * 1024 * 1024);
	await opened(t, {...config, memory: '64MiB'}, {memory: 1024 * 1024});
	t.is(processBudget.limit, 1024 * 1024);
	await t.throwsAsync(opened(t, config, {memory: 'much'}), {code: 'INVALID_ARGUMENT'});
});
