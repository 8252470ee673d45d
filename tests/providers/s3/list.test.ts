import {Buffer} from 'node:buffer';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {ListObjectsV2Command, S3Client} from '@aws-sdk/client-s3';
import test from 'ava';
import {createListDecoder} from '../../../source/providers/s3/list.ts';
import {MIB} from '../../../source/utils/sizes.ts';

const decode = (text: string | Uint8Array, chunkSize = Number.POSITIVE_INFINITY) => {
	const bytes = typeof text === 'string' ? Buffer.from(text) : text;
	const decoder = createListDecoder();
	for (let offset = 0; offset < bytes.length; offset += chunkSize) {
		const lent = Buffer.from(bytes.subarray(offset, offset + chunkSize));
		decoder.write(lent);
		lent.fill(0x21); // A lent chunk is used again.
	}

	return decoder.end();
};

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const root = (content: string, more = '<IsTruncated>false</IsTruncated>') =>
	`${declaration}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/>${more}${content}</ListBucketResult>`;
const contents = (key: string, more = '<Size>5</Size>') => `<Contents><Key>${key}</Key>${more}</Contents>`;

const page = root(
	`<Contents>
		<Key>a&amp;b &#x1F600;&#233;</Key>
		<LastModified>2024-02-29T23:59:59.123Z</LastModified>
		<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag>
		<ChecksumAlgorithm>CRC32C</ChecksumAlgorithm>
		<Size>9007199254740991</Size>
		<Owner><ID>1</ID><DisplayName>x &lt; y</DisplayName></Owner>
		<StorageClass>GLACIER</StorageClass>
		<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>
	</Contents>
	<Contents><Key>日本/😀</Key><LastModified>2009-10-12T17:50:30Z</LastModified><ETag>"x-2"</ETag><Size>0</Size></Contents>
	<CommonPrefixes><Prefix>dir/é/</Prefix></CommonPrefixes>`,
	'<IsTruncated>true</IsTruncated><NextContinuationToken>1/a+b==&amp;</NextContinuationToken><KeyCount>3</KeyCount>',
);

const expected = {
	entries: [
		{
			key: 'a&b 😀é',
			size: 9_007_199_254_740_991,
			modified: new Date('2024-02-29T23:59:59.123Z'),
			etag: '5d41402abc4b2a76b9719d911017c592',
			revision: '5d41402abc4b2a76b9719d911017c592',
			storageClass: 'GLACIER',
		},
		{key: '日本/😀', size: 0, modified: new Date('2009-10-12T17:50:30Z'), etag: 'x-2', revision: 'x-2', storageClass: undefined},
	],
	prefixes: ['dir/é/'],
	next: '1/a+b==&',
};

test('reads keys, sizes, dates, ETags, prefixes and the token', t => {
	t.deepEqual(decode(page), expected);
});

test('a document may be cut anywhere', t => {
	const bytes = Buffer.from(page);
	for (let cut = 1; cut < bytes.length; cut++) {
		const decoder = createListDecoder();
		decoder.write(bytes.subarray(0, cut));
		decoder.write(bytes.subarray(cut));
		t.deepEqual(decoder.end(), expected, `cut at ${cut}`);
	}
});

test('chunks of a few bytes decode alike when the document is larger than what is gathered', t => {
	const many = root(Array.from({length: 400}, (_, index) => contents(`kéy-${index}-${'x'.repeat(index)}`)).join(''));
	const whole = decode(many);
	t.is(whole.entries.length, 400);
	for (const size of [1, 7, 4096, 16_385, 65_537]) {
		t.deepEqual(decode(many, size), whole, `chunks of ${size}`);
	}
});

test('a document cut off is an error, wherever', t => {
	const bytes = Buffer.from(page);
	for (let length = 0; length < bytes.length; length++) {
		t.throws(() => decode(bytes.subarray(0, length)), {name: 'SluiceError', code: 'TRUNCATED'}, `${length} bytes`);
	}
});

test('`encoding-type=url` is undone, wherever the server says so', t => {
	const more = '<IsTruncated>false</IsTruncated>';
	const encoded = `${contents('a+b%2Bc%2F%01%0A%E6%97%A5&amp;d')}<CommonPrefixes><Prefix>x+%25/</Prefix></CommonPrefixes>`;
	for (const text of [
		root(encoded, `<EncodingType>url</EncodingType>${more}`),
		root(encoded, more).replace('</ListB', '<EncodingType>url</EncodingType></ListB'),
	]) {
		const {entries, prefixes} = decode(text);
		t.is(entries[0]!.key, 'a b+c/\u0001\n日&d');
		t.deepEqual(prefixes, ['x %/']);
	}
});

test('without `encoding-type` a key is taken as it stands', t => {
	t.is(decode(root(contents('a+b%2Bc')))!.entries[0]!.key, 'a+b%2Bc');
});

test('bad percent-encoding is an error', t => {
	for (const key of ['%', '%zz', '%FF', '%E6%97']) {
		t.throws(
			() => decode(root(contents(key), '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>')),
			{code: 'BAD_RESPONSE'},
			key,
		);
	}
});

test('an empty page is empty', t => {
	t.deepEqual(decode(root('')), {entries: [], prefixes: []});
	t.deepEqual(decode(`\uFEFF${root('').replaceAll('><', '>\n  <')}\n`), {entries: [], prefixes: []});
});

test('a truncated page without a token is an error', t => {
	t.throws(() => decode(root(contents('a'), '<IsTruncated>true</IsTruncated>')), {code: 'BAD_RESPONSE', message: /token/});
	t.throws(() => decode(root(contents('a'), '<IsTruncated>true</IsTruncated><NextContinuationToken/>')), {code: 'BAD_RESPONSE'});
});

test('a page that does not say whether there is more is an error', t => {
	t.throws(() => decode(root(contents('a'), '')), {code: 'BAD_RESPONSE'});
	t.throws(() => decode(root(contents('a'), '<IsTruncated>perhaps</IsTruncated>')), {code: 'BAD_RESPONSE'});
});

test('a token of the last page is ignored', t => {
	t.is(decode(root('', '<IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>')).next, undefined);
});

for (const size of ['-1', '1e3', '9223372036854775808', '9007199254740992', 'NaN', '', '1.5', ' 1', '0x10']) {
	test(`the size ${JSON.stringify(size)} is an error`, t => {
		t.throws(() => decode(root(contents('a', `<Size>${size}</Size>`))), {code: 'BAD_RESPONSE'});
	});
}

for (const date of [
	'never',
	'10000-01-01T00:00:00.000Z',
	'2024-13-01T00:00:00.000Z',
	'2024-01-01T25:00:00.000Z',
	'20x4-01-01T00:00:00.000Z',
	'',
]) {
	test(`the date ${JSON.stringify(date)} is an error`, t => {
		t.throws(() => decode(root(contents('a', `<Size>1</Size><LastModified>${date}</LastModified>`))), {code: 'BAD_RESPONSE'});
	});
}

const hostile = {
	'a DOCTYPE': root('').replace('<ListB', '<!DOCTYPE x [<!ENTITY y "z">]><ListB'),
	'an entity of its own': root(contents('&y;')),
	'a comment': root('<!-- x -->'),
	'a section of CDATA': root('<Contents><Key><![CDATA[a]]></Key><Size>1</Size></Contents>'),
	'a processing instruction': root('<?php x?>'),
	'a second root': `${root('')}<ListBucketResult></ListBucketResult>`,
	'text behind the root': `${root('')}x`,
	HTML: '<html><body>Log in</body></html>',
	'plain text': 'Service is down',
	'an error document': '<Error><Code>InternalError</Code></Error>',
	'crossed tags': root('<Owner><ID></Owner></ID>'),
	'a closing tag too many': root('</Owner>'),
	'an element within a key': root('<Contents><Key>a<b/></Key><Size>1</Size></Contents>'),
	'an object without a key': root('<Contents><Size>1</Size></Contents>'),
	'an object without a size': root('<Contents><Key>a</Key></Contents>'),
	'a reference to a surrogate': root(contents('&#xD800;')),
	'a reference beyond Unicode': root(contents('&#x110000;')),
	'a reference to NUL': root(contents('&#0;')),
	'an ampersand alone': root(contents('a&b')),
	'100,000 levels': root('<a>'.repeat(100_000) + '</a>'.repeat(100_000)),
	'bytes that are not UTF-8': Buffer.concat([
		Buffer.from(root('').replace('</ListBucketResult>', '<Contents><Key>')),
		Buffer.from([0xff]),
		Buffer.from('</Key><Size>1</Size></Contents></ListBucketResult>'),
	]),
};

for (const [name, text] of Object.entries(hostile)) {
	test(`refuses ${name}`, t => {
		t.throws(() => decode(text), {name: 'SluiceError', code: 'BAD_RESPONSE'});
		t.throws(() => decode(text, 10), {name: 'SluiceError', code: 'BAD_RESPONSE'});
	});
}

test('a `>` in an attribute does not end the tag', t => {
	t.is(decode(root(`<Owner a="x>y" b='">'><ID>1</ID></Owner >${contents('k')}`)).entries.length, 1);
});

test('100,000 references in one page are fine', t => {
	const text = root(Array.from({length: 1000}, (_, index) => contents(`${'&amp;&#x26;'.repeat(50)}${index}`)).join(''));
	t.is(decode(text, 65_536).entries[999]!.key, `${'&'.repeat(100)}999`);
});

test('a listing is at most 16 MiB', t => {
	const decoder = createListDecoder();
	const chunk = Buffer.from(contents('x'.repeat(1000)).repeat(60));
	decoder.write(Buffer.from(root('').replace('</ListBucketResult>', '')));
	t.throws(
		() => {
			for (let total = 0; total <= 17 * MIB; total += chunk.length) {
				decoder.write(chunk);
			}
		},
		{code: 'LIMIT_EXCEEDED'},
	);
});

test('an element that never ends costs linear time', t => {
	const decoder = createListDecoder();
	decoder.write(Buffer.from(root('').replace('</ListBucketResult>', '<Contents><Key>')));
	const chunk = Buffer.alloc(1024, 'x');
	const start = performance.now();
	for (let total = 0; total < 15 * MIB; total += chunk.length) {
		decoder.write(chunk);
	}

	t.throws(() => decoder.end(), {code: 'TRUNCATED'});
	t.true(performance.now() - start < 2000);
});

test('reads what the AWS SDK reads', async t => {
	const alphabet = [...'ab/ +%&<>"\'é日😀=?#~()!*\r\n'];
	let seed = 7;
	const next = (maximum: number) => {
		seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
		return (seed >>> 8) % maximum;
	};

	const escaped = (text: string) => text.replaceAll(/[&<>"'\r\n]/g, character => `&#${character.charCodeAt(0)};`);
	const text = root(
		Array.from({length: 200}, () => {
			const key = Array.from({length: 1 + next(30)}, () => alphabet[next(alphabet.length)]).join('');
			return contents(
				escaped(key),
				`<LastModified>2024-01-0${1 + next(9)}T00:00:00.000Z</LastModified><ETag>&quot;${next(1e9)}&quot;</ETag><Size>${next(1e9)}</Size><StorageClass>STANDARD</StorageClass>`,
			);
		}).join(''),
		'<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>',
	);
	const server = createServer((_, response) => {
		response.writeHead(200, {'content-type': 'application/xml'}).end(text);
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const sdk = new S3Client({
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		region: 'us-east-1',
		forcePathStyle: true,
		credentials: {accessKeyId: 'a', secretAccessKey: 'b'},
	});
	t.teardown(() => {
		sdk.destroy();
		server.close();
	});

	const theirs = await sdk.send(new ListObjectsV2Command({Bucket: 'b'}));
	const ours = decode(text);
	t.is(ours.entries.length, 200);
	t.deepEqual(
		ours.entries.map(({key, size, modified, etag, storageClass}) => ({key, size, modified, etag: `"${etag}"`, storageClass})),
		theirs.Contents!.map(({Key, Size, LastModified, ETag, StorageClass}) => ({
			key: Key!,
			size: Size!,
			modified: LastModified,
			etag: ETag!,
			storageClass: StorageClass,
		})),
	);
	t.is(ours.next, theirs.NextContinuationToken);
});
