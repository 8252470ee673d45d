import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import type {BucketEntry} from '../../../source/contract/index.ts';
import {createDriver} from '../../../source/providers/local/index.ts';
import {parseOptions} from '../../../source/providers/local/options.ts';

const entry = (fields: Partial<BucketEntry>): BucketEntry => ({name: 'disk', type: 'local', bucket: 'data', ...fields});

test('a relative folder is below the folder of the configuration, else below the working directory', t => {
	t.is(parseOptions(entry({directory: path.resolve('/etc')})).root, path.resolve('/etc/data'));
	t.is(parseOptions(entry({})).root, path.join(process.cwd(), 'data'));
	t.is(parseOptions(entry({bucket: path.resolve('/srv')})).root, path.resolve('/srv'));
});

test('metadata is kept and writes are durable unless asked otherwise', t => {
	t.like(parseOptions(entry({})), {metadata: 'sidecar', durable: true});
	t.like(parseOptions(entry({metadata: 'none', durable: false})), {metadata: 'none', durable: false});
});

for (const [field, value] of Object.entries({
	bucket: '',
	directory: 5,
	metadata: 'xattr',
	durable: 'yes',
	endpoint: 'http://localhost',
	user: 'me',
	folder: 'data',
	__proto__x: 1,
})) {
	test(`the field \`${field}\` with ${JSON.stringify(value)} is refused by name`, t => {
		t.throws(() => createDriver(entry({[field]: value})), {code: 'INVALID_CONFIG', message: new RegExp(`\`providers\\.disk\\.${field}\``)});
	});
}

test('without metadata the capabilities say so', async t => {
	const {capabilities} = await createDriver(entry({metadata: 'none'}));
	t.is(capabilities.metadataMaximum, 0);
	t.false(capabilities.contentHeaders);
});
