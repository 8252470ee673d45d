import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {inspect} from 'node:util';
import test from 'ava';
import {env, resolveEntry} from '../../source/config/index.ts';

const canary = 'canary-secret-51bd';
const base = {type: 's3', bucket: 'b'};
const means = {environment: {}, folder: '/nowhere', file: '/sluice.config.json'};

test('takes literal secrets, and those of environment variables', async t => {
	const entry = await resolveEntry('lab', {...base, user: 'me', key: env('LAB_KEY')}, {...means, environment: {LAB_KEY: canary}});

	t.like(entry, {name: 'lab', type: 's3', bucket: 'b', user: 'me', key: canary});
});

test('takes secrets of files beside the configuration, without one newline at the end', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'sluice-secret-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	await writeFile(path.join(folder, 'one'), `${canary}\n`);
	await writeFile(path.join(folder, 'two'), `${canary}\n\n`);

	const entry = await resolveEntry('lab', {...base, user: {file: 'one'}, key: {file: path.join(folder, 'two')}}, {...means, folder});

	t.is(entry.user, canary);
	t.is(entry.key, `${canary}\n`);
});

test('takes secrets inside of other fields', async t => {
	const given = {...base, tls: {cert: {env: 'CERT'}, ca: ['x', {env: 'CA'}]}};

	const entry = await resolveEntry('lab', given, {...means, environment: {CERT: 'cert', CA: 'ca'}});

	t.deepEqual(entry.tls, {cert: 'cert', ca: ['x', 'ca']});
});

test('looks for SLUICE_<NAME>_USER and _KEY when the fields are absent', async t => {
	const environment = {SLUICE_AMAZON_1_USER: 'me', SLUICE_AMAZON_1_KEY: canary};

	t.like(await resolveEntry('amazon-1', base, {...means, environment}), {user: 'me', key: canary});
	t.like(await resolveEntry('amazon-1', {...base, user: 'you', key: 'k'}, {...means, environment}), {user: 'you', key: 'k'});
});

test('an empty variable counts as missing', async t => {
	const entry = await resolveEntry('lab', base, {...means, environment: {SLUICE_LAB_KEY: ''}});

	t.is(entry.key, undefined);
});

const broken: readonly (readonly [title: string, entry: unknown, field: string, message: RegExp])[] = [
	['no type', {bucket: 'b', key: canary}, 'type', /is missing/],
	['an empty bucket', {...base, bucket: '', key: canary}, 'bucket', /is missing/],
	['a type that is a number', {...base, type: 1, key: canary}, 'type', /must be text/],
	['a key that is a list', {...base, key: [canary]}, 'key', /must be text/],
	['a key that is another object', {...base, key: {secret: canary}}, 'key', /must be text/],
	['a variable that is not set', {...base, user: canary, key: env('LAB_KEY')}, 'key', /variable `LAB_KEY` is not set/],
	['a variable that is empty', {...base, user: canary, key: env('EMPTY')}, 'key', /variable `EMPTY` is empty/],
	['a file that is missing', {...base, user: canary, key: {file: 'k'}}, 'key', /`\/nowhere\/k` cannot be read: ENOENT/],
];

for (const [title, entry, field, message] of broken) {
	test(`refuses ${title}, naming entry, field and file`, async t => {
		const error = await t.throwsAsync(resolveEntry('lab', entry, {...means, environment: {EMPTY: ''}}), {
			name: 'SluiceError',
			code: 'INVALID_CONFIG',
			message,
		});

		t.true(error!.message.startsWith(`Bucket \`lab\`, field \`${field}\`: `));
		t.true(error!.message.endsWith('(/sluice.config.json)'));
		t.false(inspect(error, {depth: 10, showHidden: true}).includes(canary));
	});
}

test('refuses an entry that is no object', async t => {
	await t.throwsAsync(resolveEntry('lab', null, means), {code: 'INVALID_CONFIG', message: /^Bucket `lab`: must be an object/});
});
