import {randomUUID} from 'node:crypto';
import test from 'ava';
import {Bucket} from '../../../source/bucket/index.ts';
import {createDriver} from '../../../source/providers/memory/index.ts';
import {bodyOf} from '../../../source/streams/index.ts';
import {content, failsWith} from '../../conformance/tools.ts';

const entry = (bucket: string = randomUUID()) => ({name: 'memory', type: 'memory', bucket});

test('buckets of one name share their objects, others do not', async t => {
	const shared = entry();
	await new Bucket(createDriver(shared)).put('a', 'content');
	t.is((await new Bucket(createDriver(shared)).bytes('a')).toString(), 'content');
	t.false(await new Bucket(createDriver(entry())).exists('a'));
});

test('a field that the provider does not know is refused by name', t => {
	t.throws(() => createDriver({...entry(), endpoint: 'http://127.0.0.1'}), {code: 'INVALID_CONFIG', message: /`endpoint`/});
	t.notThrows(() => createDriver({...entry(), endpoint: undefined}));
});

test('bytes that differ from the sum that comes with them are refused', async t => {
	const driver = createDriver(entry());
	const body = {...bodyOf(content(10)), crc32c: () => 1};
	await failsWith(t, driver.put('a', body, {}), 'CHECKSUM_MISMATCH');
	await failsWith(t, driver.stat('a', {}), 'NOT_FOUND');
});

test('an object copied from another bucket stays when its source is removed', async t => {
	const [source, target] = [new Bucket(createDriver(entry())), new Bucket(createDriver(entry()))];
	await source.put('a', 'content');
	await target.driver.copyFrom!(source.driver, 'a', 'b', {});
	await source.remove('a');
	t.is((await target.bytes('b')).toString(), 'content');
});
