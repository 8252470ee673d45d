import test from 'ava';
import {parseContentRange, readGet, readStat} from '../../../source/providers/s3/answers.ts';
import {formatCrc32c, parseCrc32c} from '../../../source/providers/s3/checksum-text.ts';
import {objectHeaders} from '../../../source/providers/s3/headers.ts';

const md5 = '5d41402abc4b2a76b9719d911017c592';
const head = (headers: Record<string, string | undefined>, status = 200) => ({
	status,
	headers: Object.assign(Object.create(null) as Record<string, string | undefined>, {'content-length': '5', etag: `"${md5}"`, ...headers}),
});

for (const text of [
	undefined,
	'',
	'bytes',
	'bytes 0-9',
	'bytes 0-9/',
	'bytes 0-9/*',
	'bytes */10',
	'bytes=0-9/10',
	'bytes 0-9/10 ',
	' bytes 0-9/10',
	'bytes  0-9/10',
	'Bytes 0-9/10',
	'items 0-9/10',
	'bytes 9-0/10',
	'bytes 0-10/10',
	'bytes -0-9/10',
	'bytes 0--9/10',
	'bytes 0x0-9/10',
	'bytes 0-9/1e1',
	'bytes 0-9/9007199254740992',
	'bytes 0-9/10, bytes 0-9/10',
	'bytes 0-9.0/10',
	'bytes 00000000000000000-9/10',
]) {
	test(`the Content-Range ${JSON.stringify(text)} is none`, t => {
		t.is(parseContentRange(text), undefined);
		t.throws(() => readGet('k', {start: 0, end: 9}, head({'content-range': text, 'content-length': '10'}, 206)), {code: 'RANGE_MISMATCH'});
	});
}

test('a range is what was asked for, or it is refused', t => {
	const answer = (range: string, length: string, asked: {start: number; end?: number}) => () =>
		readGet('k', asked, head({'content-range': range, 'content-length': length}, 206));
	t.like(answer('bytes 2-4/5', '3', {start: 2})(), {start: 2, length: 3, info: {size: 5}});
	t.like(answer('bytes 2-4/5', '3', {start: 2, end: 100})(), {start: 2, length: 3});
	t.like(answer('bytes 2-2/5', '1', {start: 2, end: 2})(), {start: 2, length: 1});
	t.throws(answer('bytes 1-4/5', '4', {start: 2}), {code: 'RANGE_MISMATCH'});
	t.throws(answer('bytes 2-3/5', '2', {start: 2}), {code: 'RANGE_MISMATCH'});
	t.throws(answer('bytes 2-4/5', '3', {start: 2, end: 3}), {code: 'RANGE_MISMATCH'});
	t.throws(answer('bytes 2-4/5', '5', {start: 2}), {code: 'RANGE_MISMATCH'});
});

test('a whole object in place of a range is reported as that', t => {
	t.like(readGet('k', {start: 2}, head({})), {start: 0, length: 5});
});

test('an answer that nobody asked for is refused', t => {
	t.throws(() => readGet('k', undefined, head({'content-range': 'bytes 0-4/5'}, 206)), {code: 'BAD_RESPONSE'});
	t.throws(() => readGet('k', undefined, head({}, 204)), {code: 'BAD_RESPONSE'});
	t.throws(() => readStat('k', head({}, 206)), {code: 'BAD_RESPONSE'});
});

for (const length of [undefined, '', '-1', '1e3', '9223372036854775808', 'NaN', '1.5', '5, 5']) {
	test(`the length ${length} is none`, t => {
		t.throws(() => readStat('k', head({'content-length': length})), {code: 'BAD_RESPONSE'});
	});
}

test('a date that is none, or in year 10000, is refused', t => {
	t.throws(() => readStat('k', head({'last-modified': 'yesterday'})), {code: 'BAD_RESPONSE'});
	t.throws(() => readStat('k', head({'last-modified': 'Fri, 01 Jan 10000 00:00:00 GMT'})), {code: 'BAD_RESPONSE'});
	t.deepEqual(readStat('k', head({'last-modified': 'Thu, 01 Jan 2026 00:00:05 GMT'})).modified, new Date('2026-01-01T00:00:05Z'));
});

test('an ETag counts as MD5 only where it is one', t => {
	t.deepEqual(readStat('k', head({})).checksums, {md5});
	t.deepEqual(readStat('k', head({etag: `"${md5.toUpperCase()}"`})).checksums, {md5});
	for (const headers of [
		{etag: `"${md5}-2"`},
		{etag: '"abc"'},
		{etag: undefined},
		{'x-amz-server-side-encryption': 'aws:kms'},
		{'x-amz-server-side-encryption': 'aws:kms:dsse'},
		{'x-amz-server-side-encryption-customer-algorithm': 'AES256'},
	]) {
		t.deepEqual(readStat('k', head(headers)).checksums, {}, JSON.stringify(headers));
	}

	t.deepEqual(readStat('k', head({'x-amz-server-side-encryption': 'AES256'})).checksums, {md5});
});

test('a CRC32C counts only for the whole object', t => {
	const etag = '"x"';
	t.deepEqual(readStat('k', head({etag, 'x-amz-checksum-crc32c': 'mnG7TA=='})).checksums, {crc32c: 0x9a_71_bb_4c});
	t.deepEqual(readStat('k', head({etag, 'x-amz-checksum-crc32c': 'mnG7TA==', 'x-amz-checksum-type': 'FULL_OBJECT'})).checksums, {
		crc32c: 0x9a_71_bb_4c,
	});
	t.deepEqual(readStat('k', head({etag, 'x-amz-checksum-crc32c': 'mnG7TA==', 'x-amz-checksum-type': 'COMPOSITE'})).checksums, {});
	t.deepEqual(readStat('k', head({etag, 'x-amz-checksum-crc32c': 'mnG7TA==-3'})).checksums, {});
	t.deepEqual(readStat('k', head({etag, 'x-amz-checksum-crc32c': 'junk'})).checksums, {});
});

test('sums are written big end first', t => {
	t.is(formatCrc32c(0x9a_71_bb_4c), 'mnG7TA==');
	t.is(formatCrc32c(0), 'AAAAAA==');

	t.is(parseCrc32c('/////w=='), 0xff_ff_ff_ff);
});

test('the ETag is given without quotes; a weak one keeps its mark', t => {
	t.is(readStat('k', head({etag: 'abc'})).etag, 'abc');
	t.is(readStat('k', head({etag: 'W/"abc"'})).revision, 'W/"abc"');
	t.is(readStat('k', head({etag: '""'})).etag, undefined);
});

test('the coding of the transfer is not the coding of the object', t => {
	const coding = (value: string) => readStat('k', head({'content-encoding': value})).headers.contentEncoding;
	t.is(coding('aws-chunked'), undefined);
	t.is(coding('aws-chunked,gzip'), 'gzip');
	t.is(coding('gzip, AWS-Chunked'), 'gzip');
	t.is(coding('gzip'), 'gzip');
});

test('metadata of any text comes back, in an object without prototype', t => {
	const metadata = {
		plain: 'a b',
		umlaut: 'grüße 日本 😀',
		double: 'a  b',
		encoded: '=?UTF-8?B?w6k=?=',
		empty: '',
		__proto__x: '1',
		constructor: '2',
		edge: ' x ',
	};
	const sent = objectHeaders({metadata}, undefined);
	for (const value of Object.values(sent)) {
		t.regex(value, /^[ -~]*$/);
	}

	const found = readStat('k', head(sent)).metadata;
	t.is(Object.getPrototypeOf(found), null);
	t.deepEqual({...found}, metadata);
});

test('metadata that others wrote is read: quoted-printable, several words, raw UTF-8, Latin-1', t => {
	const value = (text: string) => readStat('k', head({'x-amz-meta-a': text})).metadata.a;
	t.is(value('=?UTF-8?Q?gr=C3=BC=C3=9Fe_x?='), 'grüße x');
	t.is(value('=?utf-8?b?Z3LDvA==?= =?UTF-8?B?w59l?='), 'grüße');
	t.is(value('=?ISO-8859-1?Q?=E9?='), 'é');
	t.is(value('grÃ¼'), 'grü');
	t.is(value('gr\u00FC'), 'grü');
	t.is(value('=?UTF-8?B?'), '=?UTF-8?B?');
});

test('a storage class given for the object wins over that of the bucket', t => {
	t.is(objectHeaders({}, 'STANDARD_IA')['x-amz-storage-class'], 'STANDARD_IA');
	t.is(objectHeaders({storageClass: 'GLACIER'}, 'STANDARD_IA')['x-amz-storage-class'], 'GLACIER');
	t.is(objectHeaders({}, undefined)['x-amz-storage-class'], undefined);
});
