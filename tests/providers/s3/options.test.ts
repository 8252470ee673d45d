import {inspect} from 'node:util';
import test from 'ava';
import type {BucketEntry} from '../../../source/contract/index.ts';
import {addressOf, locationOf, pathOf} from '../../../source/providers/s3/address.ts';
import {createDriver} from '../../../source/providers/s3/index.ts';
import {readOptions} from '../../../source/providers/s3/options.ts';

const keys = {user: 'AKIDEXAMPLE', key: 'a-secret-key'};
const entry = (fields: Partial<BucketEntry> = {}): BucketEntry => ({name: 'lab', type: 's3', bucket: 'bucket-1', ...keys, ...fields});
const hostOf = (fields: Partial<BucketEntry>) => {
	const options = readOptions(entry(fields));
	return addressOf(options, options.region);
};

test('a bucket at Amazon stands in the host name', t => {
	t.deepEqual(hostOf({region: 'eu-west-1'}), {
		origin: 'https://bucket-1.s3.eu-west-1.amazonaws.com',
		host: 'bucket-1.s3.eu-west-1.amazonaws.com',
		prefix: '',
	});
});

test('the region comes from the type', t => {
	t.is(hostOf({type: 'S3_US_WEST_OREGON_HOST'}).host, 'bucket-1.s3.us-west-2.amazonaws.com');
	t.is(hostOf({type: 's3_cn_north'}).host, 'bucket-1.s3.cn-north-1.amazonaws.com.cn');
});

test('a region that nobody has heard of is fine', t => {
	t.is(hostOf({region: 'mars-north-1'}).host, 'bucket-1.s3.mars-north-1.amazonaws.com');
});

for (const bucket of ['with.dots', 'Upper', 'under_score']) {
	test(`a bucket called ${bucket} stands in the path`, t => {
		t.deepEqual(hostOf({bucket, region: 'eu-west-1'}), {
			origin: 'https://s3.eu-west-1.amazonaws.com',
			host: 's3.eu-west-1.amazonaws.com',
			prefix: `/${bucket}`,
		});
	});
}

test('at a custom endpoint the bucket stands in the path, unless told otherwise', t => {
	const endpoint = 'http://127.0.0.1:9000';
	t.deepEqual(hostOf({endpoint}), {origin: endpoint, host: '127.0.0.1:9000', prefix: '/bucket-1'});
	t.is(hostOf({endpoint: 'https://S3.example.com:443/', pathStyle: false}).origin, 'https://bucket-1.s3.example.com');
	t.is(hostOf({endpoint: 'http://[::1]:9000'}).host, '[::1]:9000');
});

test('an endpoint may have a path of its own, which every request begins with', t => {
	const address = hostOf({endpoint: 'https://gateway.example.com/storage/s3/'});
	t.is(address.prefix, '/storage/s3/bucket-1');
	t.is(pathOf(address, '../a//b'), '/storage/s3/bucket-1/../a//b');
	t.is(pathOf(address, undefined, 'list-type=2'), '/storage/s3/bucket-1?list-type=2');
	t.is(pathOf(hostOf({region: 'eu-west-1'}), undefined), '/');
});

test('a custom endpoint is in us-east-1 unless told otherwise', t => {
	t.is(readOptions(entry({endpoint: 'http://127.0.0.1:9000'})).region, 'us-east-1');
	t.is(readOptions(entry({endpoint: 'http://127.0.0.1:9000', region: 'lab_1'})).region, 'lab_1');
});

for (const endpoint of [
	'evil.example#',
	'https://evil.example#',
	'https://s3.example@evil.example',
	'https://user:secret@s3.example',
	'https://s3.example\r\nhost: evil',
	'https://s3.example?x',
	'https://s3.example/%2e%2e',
	'https://s3.example/a/../b',
	'https://s3.example//b',
	'https://s3 .example',
	'https://s3.exämple',
	'https://-s3.example',
	'https://s3..example',
	'https://s3.example\\evil',
	'ftp://s3.example',
	'file:///etc',
	's3.example:9000',
	'https://',
	'',
	'https://s3.example:99999',
]) {
	test(`the endpoint ${JSON.stringify(endpoint)} is refused`, t => {
		const error = t.throws(() => createDriver(entry({endpoint})), {
			name: 'SluiceError',
			code: 'INVALID_CONFIG',
			message: /providers\.lab\.endpoint/,
		})!;
		t.false(error.message.includes('secret'));
	});
}

const refused: readonly (readonly [string, unknown])[] = [
	['region', 'us-east-1.evil.com/'],
	['region', 'a\r\nb'],
	['region', 'sa-east-2'],
	['region', 5],
	['bucket', 'a/b'],
	['bucket', 'a?b'],
	['bucket', '..'],
	['bucket', 'a\r\nb'],
	['bucket', 'ab'],
	['bucket', ''],
	['bucket', 'x'.repeat(256)],
	['user', 'a/b'],
	['user', 'a b'],
	['user', 'a\nb'],
	['key', 'a\nb'],
	['key', 7],
	['sessionToken', 'a\r\nb'],
	['pathStyle', 'yes'],
	['checksums', 'sometimes'],
	['transport', 'slow'],
	['connections', 0],
	['connections', 1.5],
	['timeouts', 5],
	['timeouts.idle', -1],
	['timeouts.conect', 1],
	['tls', 'x'],
	['tls.verify', false],
	['proxy', 'a b'],
	['storageClass', 'a b'],
	['endpont', 'x'],
];

for (const [field, value] of refused) {
	test(`\`${field}\` cannot be ${JSON.stringify(value)}`, t => {
		const [outer, inner] = field.split('.') as [string, string?];
		const fields = {[outer]: inner === undefined ? value : {[inner]: value}};
		const error = t.throws(() => createDriver(entry(fields)), {name: 'SluiceError', code: 'INVALID_CONFIG'})!;
		t.true(error.message.includes(`providers.lab.${field}\``), error.message);
	});
}

test('a field that is spelled wrong is suggested right', t => {
	t.throws(() => readOptions(entry({endpont: 'x'})), {message: /did you mean `endpoint`/});
	t.throws(() => readOptions(entry({timeouts: {conect: 1}})), {message: /providers\.lab\.timeouts\.conect.*did you mean `connect`/});
	t.throws(() => readOptions(entry({region: 'sa-east-2'})), {message: /sa-east-1/});
});

test('a region that contradicts the type is refused', t => {
	t.throws(() => readOptions(entry({type: 's3_eu_west', region: 'us-east-1'})), {code: 'INVALID_CONFIG', message: /region/});
	t.is(readOptions(entry({type: 's3_eu_west', region: 'eu-west-1'})).region, 'eu-west-1');
});

test('half of the credentials is refused, without showing it', t => {
	t.throws(() => readOptions(entry({key: undefined})), {message: /providers\.lab\.key/});
	t.throws(() => readOptions(entry({user: undefined})), {message: /providers\.lab\.user/});
	t.throws(() => readOptions(entry({user: undefined, key: undefined, sessionToken: 'x'})), {message: /sessionToken/});
	t.is(readOptions(entry({user: undefined, key: undefined})).credentials, undefined);
});

test('a bucket name that is no part of a host name needs path style', t => {
	t.throws(() => readOptions(entry({bucket: 'Upper', pathStyle: false})), {message: /providers\.lab\.pathStyle/});
});

test('no field of the prototype counts as given', t => {
	t.notThrows(() => readOptions(JSON.parse('{"name":"lab","type":"s3","bucket":"bucket-1"}') as BucketEntry));
	t.throws(() => readOptions(JSON.parse('{"name":"lab","type":"s3","bucket":"bucket-1","__proto__":{"a":1}}') as BucketEntry), {
		code: 'INVALID_CONFIG',
	});
});

test('a driver shows no secret, however it is printed', t => {
	const driver = createDriver(entry({sessionToken: 'a-session-token'}));
	const text = `${inspect(driver, {depth: 10, showHidden: true})}${JSON.stringify(driver)}`;
	t.false(text.includes('a-secret-key') || text.includes('a-session-token'));
});

test('all regions of Amazon are one location, China is another', t => {
	const locations = ['us-east-1', 'eu-west-1', 'cn-north-1'].map(region => locationOf(readOptions(entry({region}))));
	t.is(locations[0], locations[1]);
	t.not(locations[0], locations[2]);
	t.is(locationOf(readOptions(entry({endpoint: 'HTTP://LocalHost:80/x/'}))), 'http://localhost/x/bucket-1');
});
