import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {type Driver, SluiceError} from '../../source/contract/index.ts';
import {type CopyEvent, copyMany} from '../../source/engine/index.ts';
import {createDriver} from '../../source/providers/memory/index.ts';

let names = 0;

const open = async (change: (driver: Driver) => Partial<Driver> = () => ({})): Promise<Bucket> => {
	const driver = await createDriver({name: 'test', type: 'memory', bucket: `many-${++names}`});
	const changes = change(driver);
	return new Bucket(
		new Proxy(driver, {get: (target, name) => (name in changes ? changes[name as keyof Driver] : Reflect.get(target, name))}),
	);
};

const fill = async (bucket: Bucket, count: number): Promise<void> => {
	for (let index = 0; index < count; index++) {
		await bucket.put(`in/${index}`, `content ${index}`);
	}
};

test('copies all objects below a prefix under another one, never more at a time than asked', async t => {
	let running = 0;
	let most = 0;
	const source = await open();
	const target = await open(driver => ({
		canCopyFrom: () => false,
		async put(key, body, options) {
			running++;
			most = Math.max(most, running);
			await new Promise(resolve => setImmediate(resolve));
			running--;
			return driver.put(key, body, options);
		},
	}));
	await fill(source, 50);
	await source.put('out', 'not below the prefix');
	const events: CopyEvent[] = [];
	const summary = await copyMany(
		{bucket: source, prefix: 'in/'},
		{bucket: target, prefix: 'x/y/'},
		{objects: 4, onEvent: event => events.push(event)},
	);
	t.is(summary.copied, 50);
	t.is(
		summary.bytes,
		Array.from({length: 50}, (_, index) => `content ${index}`.length).reduce((a, b) => a + b),
	);
	t.deepEqual(summary.verified, {both: 50});
	t.is(events.length, 50);
	t.is(most, 4);
	t.is(Buffer.from(await target.bytes('x/y/17')).toString(), 'content 17');
	t.false(await target.exists('x/y/out'));
});

test('an object that fails is named and the others are copied', async t => {
	const source = await open(driver => ({
		canCopyFrom: () => false,
		async read(key, options, consume) {
			if (key === 'in/3') {
				throw new SluiceError('PERMISSION_DENIED', 'no');
			}

			return driver.read(key, options, consume);
		},
	}));
	const target = await open(() => ({canCopyFrom: () => false}));
	await fill(source, 10);
	const summary = await copyMany({bucket: source, prefix: 'in/'}, {bucket: target, prefix: ''});
	t.is(summary.copied, 9);
	t.deepEqual(
		summary.failed.map(({key, error}) => [key, error.code]),
		[['in/3', 'PERMISSION_DENIED']],
	);
	t.true(await target.exists('9'));
	t.false(await target.exists('3'));
});

test('a listing that fails ends the whole', async t => {
	const source = await open(() => ({
		async list() {
			throw new SluiceError('PERMISSION_DENIED', 'no');
		},
	}));
	await t.throwsAsync(copyMany({bucket: source, prefix: ''}, {bucket: await open(), prefix: ''}), {code: 'PERMISSION_DENIED'});
});

test('a signal ends the whole', async t => {
	const controller = new AbortController();
	const source = await open();
	await fill(source, 20);
	const target = await open();
	await t.throwsAsync(
		copyMany(
			{bucket: source, prefix: ''},
			{bucket: target, prefix: ''},
			{signal: controller.signal, objects: 1, onEvent: () => controller.abort()},
		),
		{code: 'CANCELLED'},
	);
	t.true((await Array.fromAsync(target.list())).length < 3);
});

test('a destination within the source is refused', async t => {
	const bucket = await open();
	await t.throwsAsync(copyMany({bucket, prefix: 'a/'}, {bucket, prefix: 'a/b/'}), {code: 'SAME_LOCATION'});
});
