import {createHash, randomBytes} from 'node:crypto';
import {Agent, type AgentOptions} from 'node:http';
import type {LookupFunction} from 'node:net';
import {Readable} from 'node:stream';
import {
	AbortMultipartUploadCommand,
	CompleteMultipartUploadCommand,
	CopyObjectCommand,
	CreateBucketCommand,
	CreateMultipartUploadCommand,
	DeleteBucketCommand,
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetBucketLocationCommand,
	GetObjectCommand,
	HeadBucketCommand,
	HeadObjectCommand,
	ListMultipartUploadsCommand,
	ListObjectsCommand,
	ListObjectsV2Command,
	ListPartsCommand,
	PutObjectCommand,
	S3Client,
	type S3ClientConfig,
	type S3ServiceException,
	UploadPartCommand,
	UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import test, {type ExecutionContext} from 'ava';
import {type S3ServerOptions, startS3Server} from './s3/index.ts';

const Bucket = 'bucket';

/** A double and Amazon's own client for it; both are gone after the test. */
const start = async (t: ExecutionContext, options: S3ServerOptions = {}, config: S3ClientConfig = {}) => {
	const server = await startS3Server({minPartSize: 1000, ...options});
	const {endpoint, region, accessKeyId, secretAccessKey} = server;
	const s3 = new S3Client({endpoint, region, forcePathStyle: true, credentials: {accessKeyId, secretAccessKey}, maxAttempts: 1, ...config});
	t.teardown(async () => {
		s3.destroy();
		await server.close();
	});
	return {server, s3};
};

const hostileKeys = [
	'/lead',
	'a b+c',
	'a//b',
	'a/../b',
	'./x',
	'trail/',
	'%2F%',
	'?versionId=1',
	'q"<&>\'',
	"a b/+&%?#é/x//y;=@,$!*'()~",
	'\u0001\u001F',
	'line\nfeed\r',
	'\uE000',
	'\u{1F600}',
	'k'.repeat(1024),
];

const byBytes = (keys: readonly string[]): string[] => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

test('keeps hostile keys byte for byte, lists them in pages by UTF-8 bytes and removes them', async t => {
	const {server, s3} = await start(t, {pageSize: 4});

	for (const Key of hostileKeys) {
		await s3.send(new PutObjectCommand({Bucket, Key, Body: Key}));
		const {Body} = await s3.send(new GetObjectCommand({Bucket, Key}));
		t.is(await Body!.transformToString(), Key);
	}

	t.deepEqual(server.objects(Bucket), byBytes(hostileKeys));

	const listed: string[] = [];
	let ContinuationToken: string | undefined;

	do {
		const page = await s3.send(new ListObjectsV2Command({Bucket, EncodingType: 'url', ContinuationToken}));
		t.true(page.KeyCount! <= 4);
		listed.push(...page.Contents!.map(({Key}) => decodeKey(Key!)));
		ContinuationToken = page.NextContinuationToken;
	} while (ContinuationToken);

	t.deepEqual(listed, byBytes(hostileKeys));

	// XML 1.0 has no word for these two.
	const [sayable, unsayable] = [hostileKeys.filter(key => !key.includes('\u0001')), ['\u0001\u001F']];
	const {Deleted} = await s3.send(new DeleteObjectsCommand({Bucket, Delete: {Objects: sayable.map(Key => ({Key}))}}));
	t.is(Deleted!.length, sayable.length);
	t.deepEqual(server.objects(Bucket), unsayable);
	await s3.send(new DeleteObjectCommand({Bucket, Key: unsayable[0]}));
	t.deepEqual(server.objects(Bucket), []);
});

test('lists with delimiters in both versions', async t => {
	const {server, s3} = await start(t);

	for (const key of ['a', 'b/1', 'b/2', 'c/1', 'd e', 'f']) {
		server.store(Bucket, key, Buffer.from(key));
	}

	const names: string[] = [];
	let ContinuationToken: string | undefined;

	do {
		const page = await s3.send(new ListObjectsV2Command({Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken}));
		names.push(...[...(page.Contents ?? []).map(({Key}) => Key!), ...(page.CommonPrefixes ?? []).map(({Prefix}) => Prefix!)]);
		ContinuationToken = page.NextContinuationToken;
	} while (ContinuationToken);

	t.deepEqual(names, ['a', 'b/', 'd e', 'c/', 'f']);

	const after = await s3.send(new ListObjectsV2Command({Bucket, StartAfter: 'b/1', Prefix: 'b/'}));
	t.deepEqual(
		after.Contents!.map(({Key}) => Key),
		['b/2'],
	);

	const first = await s3.send(new ListObjectsCommand({Bucket, Delimiter: '/', MaxKeys: 2}));
	t.is(first.NextMarker, 'b/');
	const second = await s3.send(new ListObjectsCommand({Bucket, Delimiter: '/', Marker: first.NextMarker}));
	t.deepEqual(
		second.CommonPrefixes!.map(({Prefix}) => Prefix),
		['c/'],
	);

	await t.throwsAsync(s3.send(new ListObjectsV2Command({Bucket, ContinuationToken: 'made up'})), {name: 'InvalidArgument'});
});

test('keeps metadata and headers, and answers ranges and conditions', async t => {
	const {s3} = await start(t);
	const Key = 'a';
	const kept = {
		ContentType: 'text/plain',
		CacheControl: 'no-store',
		ContentDisposition: 'inline',
		ContentEncoding: 'br',
		ContentLanguage: 'sv',
	};
	const {ETag, ChecksumCRC32} = await s3.send(
		new PutObjectCommand({Bucket, Key, Body: 'hello', Metadata: {color: 'blue'}, StorageClass: 'STANDARD_IA', ...kept}),
	);
	t.is(ETag, `"${createHash('md5').update('hello').digest('hex')}"`);
	t.is(ChecksumCRC32, 'NhCmhg==');

	const head = await s3.send(new HeadObjectCommand({Bucket, Key, ChecksumMode: 'ENABLED'}));
	t.like(head, {...kept, ETag, ContentLength: 5, Metadata: {color: 'blue'}, StorageClass: 'STANDARD_IA', ChecksumCRC32});
	t.is((await s3.send(new HeadObjectCommand({Bucket, Key}))).ChecksumCRC32, undefined);

	const read = async (Range: string) => (await s3.send(new GetObjectCommand({Bucket, Key, Range}))).Body!.transformToString();
	t.is(await read('bytes=0-0'), 'h');
	t.is(await read('bytes=3-99'), 'lo');
	t.is(await read('bytes=-2'), 'lo');
	t.is(await read('bytes=2-1'), 'hello');
	await t.throwsAsync(read('bytes=5-'), {name: 'InvalidRange'});

	await t.throwsAsync(s3.send(new GetObjectCommand({Bucket, Key, IfMatch: '"other"'})), {name: 'PreconditionFailed'});
	const unchanged = await t.throwsAsync<S3ServiceException>(s3.send(new GetObjectCommand({Bucket, Key, IfNoneMatch: ETag})));
	t.is(unchanged?.$metadata.httpStatusCode, 304);
	await t.throwsAsync(s3.send(new HeadObjectCommand({Bucket, Key: 'none'})), {name: 'NotFound'});
	await t.throwsAsync(s3.send(new GetObjectCommand({Bucket, Key: 'none'})), {name: 'NoSuchKey'});
	await t.throwsAsync(s3.send(new GetObjectCommand({Bucket: 'other', Key})), {name: 'NoSuchBucket'});
	const typed = await s3.send(new GetObjectCommand({Bucket, Key, ResponseContentType: 'text/html'}));
	t.is(typed.ContentType, 'text/html');
	await typed.Body!.transformToString();
});

test('holds writes to their conditions, or ignores them, or refuses them', async t => {
	const {s3} = await start(t);
	const put = (options: {IfMatch?: string; IfNoneMatch?: string}) => new PutObjectCommand({Bucket, Key: 'a', Body: 'x', ...options});

	await t.throwsAsync(s3.send(put({IfMatch: '"x"'})), {name: 'NoSuchKey'});
	const {ETag} = await s3.send(put({IfNoneMatch: '*'}));
	await t.throwsAsync(s3.send(put({IfNoneMatch: '*'})), {name: 'PreconditionFailed'});
	await t.throwsAsync(s3.send(put({IfMatch: '"x"'})), {name: 'PreconditionFailed'});
	await t.notThrowsAsync(s3.send(put({IfMatch: ETag!})));
	await t.throwsAsync(s3.send(put({IfNoneMatch: ETag!})), {name: 'NotImplemented'});

	const careless = await start(t, {conditionalWrites: 'ignore'});
	await careless.s3.send(put({IfNoneMatch: '*'}));
	await t.notThrowsAsync(careless.s3.send(put({IfNoneMatch: '*'})));

	const unable = await start(t, {conditionalWrites: 'refuse-501'});
	await t.throwsAsync(unable.s3.send(put({IfNoneMatch: '*'})), {name: 'NotImplemented'});
});

const parts = [randomBytes(1000), randomBytes(2000), randomBytes(1)];

test('assembles a multipart upload with a full-object checksum', async t => {
	const {server, s3} = await start(t);
	const Key = 'dir/é';
	const {UploadId} = await s3.send(
		new CreateMultipartUploadCommand({Bucket, Key, ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT', Metadata: {color: 'blue'}}),
	);
	const Parts = await Promise.all(
		parts.map(async (Body, index) => {
			const input = {Bucket, Key, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm: 'CRC32C'} as const;
			const {ETag, ChecksumCRC32C} = await s3.send(new UploadPartCommand(input));
			return {ETag, ChecksumCRC32C, PartNumber: index + 1};
		}),
	);
	const whole = Buffer.concat(parts);
	const {ChecksumCRC32C} = await s3.send(new PutObjectCommand({Bucket, Key: 'whole', Body: whole, ChecksumAlgorithm: 'CRC32C'}));
	const complete = (more: object) =>
		s3.send(new CompleteMultipartUploadCommand({Bucket, Key, UploadId, MultipartUpload: {Parts}, ...more}));

	t.deepEqual(server.uploads(Bucket), [{key: Key, uploadId: UploadId!, parts: [1, 2, 3]}]);
	const listed = await s3.send(new ListPartsCommand({Bucket, Key, UploadId, MaxParts: 2}));
	t.true(listed.IsTruncated);
	t.like(listed.Parts![1], {PartNumber: 2, Size: 2000, ETag: Parts[1]!.ETag, ChecksumCRC32C: Parts[1]!.ChecksumCRC32C});
	const uploads = await s3.send(new ListMultipartUploadsCommand({Bucket, Prefix: 'dir/'}));
	t.like(uploads.Uploads![0], {Key, UploadId, ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT'});

	await t.throwsAsync(complete({MultipartUpload: {Parts: Parts.toReversed()}}), {name: 'InvalidPartOrder'});
	await t.throwsAsync(complete({MultipartUpload: {Parts: [{...Parts[0]!, ETag: '"x"'}]}}), {name: 'InvalidPart'});
	await t.throwsAsync(complete({MultipartUpload: {Parts: [{...Parts[0]!, ChecksumCRC32C: undefined}]}}), {name: 'InvalidRequest'});
	await t.throwsAsync(complete({ChecksumCRC32C: 'AAAAAA==', ChecksumType: 'FULL_OBJECT'}), {name: 'BadDigest'});
	await t.throwsAsync(complete({MpuObjectSize: 3000}), {name: 'InvalidRequest'});
	await t.throwsAsync(complete({ChecksumType: 'COMPOSITE'}), {name: 'InvalidRequest'});
	t.is(server.object(Bucket, Key), undefined);

	const done = await complete({ChecksumCRC32C, ChecksumType: 'FULL_OBJECT', MpuObjectSize: whole.length, IfNoneMatch: '*'});
	const md5s = Buffer.concat(parts.map(part => createHash('md5').update(part).digest()));
	t.is(done.ETag, `"${createHash('md5').update(md5s).digest('hex')}-3"`);
	t.is(done.ChecksumCRC32C, ChecksumCRC32C);
	t.like(await s3.send(new HeadObjectCommand({Bucket, Key, ChecksumMode: 'ENABLED'})), {
		ETag: done.ETag,
		ChecksumCRC32C,
		ChecksumType: 'FULL_OBJECT',
		Metadata: {color: 'blue'},
	});
	t.like(await s3.send(new HeadObjectCommand({Bucket, Key, PartNumber: 2})), {PartsCount: 3, ContentLength: 2000});
	t.true(server.object(Bucket, Key)!.content.equals(whole));
	t.deepEqual(server.uploads(Bucket), []);
	await t.throwsAsync(complete({}), {name: 'NoSuchUpload'});
});

test('makes the composite checksum and the ETag of the vectors', async t => {
	const {server, s3} = await start(t);
	const size = 5 * 1024 * 1024;
	const upload = new Upload({
		client: s3,
		params: {Bucket, Key: 'a', Body: Buffer.concat([Buffer.alloc(size, 'a'), Buffer.alloc(size, 'b'), Buffer.alloc(1000, 'c')])},
		partSize: size,
	});
	await upload.done();

	t.is(server.object(Bucket, 'a')!.etag, '"b4e2c63f76e3d886f8231e0deacb094b-3"');
	t.deepEqual(server.object(Bucket, 'a')!.checksum, {algorithm: 'CRC32', type: 'COMPOSITE', value: 'eCc0wQ==-3'});
});

test('refuses small parts and parts of another algorithm, and forgets an aborted upload', async t => {
	const {server, s3} = await start(t, {minPartSize: 1001}, {requestChecksumCalculation: 'WHEN_REQUIRED'});
	const Key = 'a';
	const {UploadId} = await s3.send(new CreateMultipartUploadCommand({Bucket, Key}));
	const send = async (PartNumber: number, more = {}) => ({
		PartNumber,
		ETag: (await s3.send(new UploadPartCommand({Bucket, Key, UploadId, PartNumber, Body: parts[0], ...more}))).ETag,
	});
	const Parts = [await send(1), await send(2)];

	await t.throwsAsync(send(3, {ChecksumAlgorithm: 'CRC32'}), {message: /expected checksum Type: null, actual checksum Type: crc32/});
	await t.throwsAsync(send(10_001), {name: 'InvalidArgument'});
	const complete = new CompleteMultipartUploadCommand({Bucket, Key, UploadId, MultipartUpload: {Parts}});
	await t.throwsAsync(s3.send(complete), {name: 'EntityTooSmall'});
	await s3.send(new AbortMultipartUploadCommand({Bucket, Key, UploadId}));
	await t.throwsAsync(s3.send(complete), {name: 'NoSuchUpload'});
	t.deepEqual(server.uploads(Bucket), []);
	t.deepEqual(server.objects(Bucket), []);
});

test('copies objects and ranges of them', async t => {
	const {server, s3} = await start(t);
	const source = 'a b+c/?é';
	const CopySource = `bucket/${source.split('/').map(encodeURIComponent).join('/')}`;
	const {ETag} = await s3.send(
		new PutObjectCommand({Bucket, Key: source, Body: parts[1], Metadata: {color: 'blue'}, ContentType: 'text/plain'}),
	);

	const copied = await s3.send(new CopyObjectCommand({Bucket, Key: 'b', CopySource, CopySourceIfMatch: ETag}));
	t.is(copied.CopyObjectResult!.ETag, ETag);
	t.deepEqual(server.object(Bucket, 'b')!.metadata, {color: 'blue'});
	t.is(server.object(Bucket, 'b')!.headers['content-type'], 'text/plain');

	await s3.send(new CopyObjectCommand({Bucket, Key: 'b', CopySource, MetadataDirective: 'REPLACE', Metadata: {color: 'red'}}));
	t.deepEqual(server.object(Bucket, 'b')!.metadata, {color: 'red'});
	t.is(server.object(Bucket, 'b')!.headers['content-type'], 'binary/octet-stream');

	await t.throwsAsync(s3.send(new CopyObjectCommand({Bucket, Key: 'c', CopySource, CopySourceIfMatch: '"x"'})), {
		name: 'PreconditionFailed',
	});
	await t.throwsAsync(s3.send(new CopyObjectCommand({Bucket, Key: source, CopySource})), {name: 'InvalidRequest'});
	await t.throwsAsync(s3.send(new CopyObjectCommand({Bucket, Key: 'c', CopySource: 'bucket/none'})), {name: 'NoSuchKey'});

	const {UploadId} = await s3.send(new CreateMultipartUploadCommand({Bucket, Key: 'c', ChecksumAlgorithm: 'CRC64NVME'}));
	const copyPart = (PartNumber: number, CopySourceRange: string) =>
		s3.send(new UploadPartCopyCommand({Bucket, Key: 'c', UploadId, PartNumber, CopySource, CopySourceRange}));
	const Parts = [];

	for (const [index, range] of ['bytes=0-999', 'bytes=1000-1999'].entries()) {
		const {ETag: partEtag, ChecksumCRC64NVME} = (await copyPart(index + 1, range)).CopyPartResult!;
		Parts.push({PartNumber: index + 1, ETag: partEtag, ChecksumCRC64NVME});
	}

	await t.throwsAsync(copyPart(3, 'bytes=1000-2000'), {name: 'InvalidArgument'});
	await s3.send(new CompleteMultipartUploadCommand({Bucket, Key: 'c', UploadId, MultipartUpload: {Parts}}));
	t.true(server.object(Bucket, 'c')!.content.equals(parts[1]!));
});

test('takes the trailers of the SDK', async t => {
	const {server, s3} = await start(t);
	const body = randomBytes(200_000);
	await s3.send(new PutObjectCommand({Bucket, Key: 'a', Body: Readable.from([body], {objectMode: false}), ContentLength: body.length}));

	t.is(server.requests[0]!.headers['x-amz-content-sha256'], 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
	t.true(server.requests[0]!.bytes > body.length);
	t.true(server.object(Bucket, 'a')!.content.equals(body));
	t.false('content-encoding' in server.object(Bucket, 'a')!.headers);
});

test('makes and removes buckets by the rules of their region', async t => {
	const {s3} = await start(t);
	await s3.send(new CreateBucketCommand({Bucket: 'second'}));
	await s3.send(new HeadBucketCommand({Bucket: 'second'}));
	t.falsy((await s3.send(new GetBucketLocationCommand({Bucket: 'second'}))).LocationConstraint);
	await s3.send(new PutObjectCommand({Bucket: 'second', Key: 'a', Body: ''}));
	await t.throwsAsync(s3.send(new DeleteBucketCommand({Bucket: 'second'})), {name: 'BucketNotEmpty'});
	await s3.send(new DeleteObjectCommand({Bucket: 'second', Key: 'a'}));
	await s3.send(new DeleteBucketCommand({Bucket: 'second'}));
	await t.throwsAsync(s3.send(new HeadBucketCommand({Bucket: 'second'})), {name: 'NotFound'});

	const {s3: ireland} = await start(t, {region: 'eu-west-1'});
	const CreateBucketConfiguration = {LocationConstraint: 'eu-west-1'} as const;
	await t.notThrowsAsync(ireland.send(new CreateBucketCommand({Bucket: 'second', CreateBucketConfiguration})));
	await t.throwsAsync(ireland.send(new CreateBucketCommand({Bucket: 'second', CreateBucketConfiguration})), {
		name: 'BucketAlreadyOwnedByYou',
	});
	t.is((await ireland.send(new GetBucketLocationCommand({Bucket: 'second'}))).LocationConstraint, 'eu-west-1');
});

test('knows its client: secret, key, region, session token and time', async t => {
	const {server, s3} = await start(t, {credentials: {accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C'}});
	const withOptions = (config: S3ClientConfig) => {
		const client = new S3Client({endpoint: server.endpoint, region: server.region, forcePathStyle: true, maxAttempts: 1, ...config});
		t.teardown(() => client.destroy());
		return client.send(new ListObjectsV2Command({Bucket}));
	};
	const credentials = {accessKeyId: 'A', secretAccessKey: 'B', sessionToken: 'C'};

	await t.notThrowsAsync(withOptions({credentials}));
	await t.throwsAsync(s3.send(new ListObjectsV2Command({Bucket})), {name: 'InvalidToken'});
	await t.throwsAsync(withOptions({credentials: {...credentials, secretAccessKey: 'X'}}), {name: 'SignatureDoesNotMatch'});
	await t.throwsAsync(withOptions({credentials: {...credentials, accessKeyId: 'X'}}), {name: 'InvalidAccessKeyId'});
	await t.throwsAsync(withOptions({credentials, region: 'eu-north-1'}), {name: 'AuthorizationHeaderMalformed'});
	await t.throwsAsync(withOptions({credentials, systemClockOffset: 16 * 60_000}), {name: 'RequestTimeTooSkewed'});
});

test('addresses buckets by the host too', async t => {
	const {server} = await start(t, {virtualHost: 'localhost'});
	// `bucket.localhost` is known to no resolver.
	const lookup: LookupFunction = (_host, {all}, callback) => {
		callback(null, all ? [{address: '127.0.0.1', family: 4}] : '127.0.0.1', 4);
	};
	const s3 = new S3Client({
		endpoint: server.endpoint.replace('127.0.0.1', 'localhost'),
		region: server.region,
		credentials: {accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey},
		requestHandler: {httpAgent: new Agent({lookup} as AgentOptions)},
	});
	t.teardown(() => s3.destroy());
	await s3.send(new PutObjectCommand({Bucket, Key: '/a', Body: 'x'}));

	t.is(server.requests[0]!.headers.host, `bucket.localhost:${new URL(server.endpoint).port}`);
	t.deepEqual(server.objects(Bucket), ['/a']);
});
