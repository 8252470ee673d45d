import {Buffer} from 'node:buffer';
import {inspect} from 'node:util';
import test from 'ava';
import {readErrorDocument, retryAfter, toS3Error} from '../../../source/providers/s3/errors.ts';

const document = (code: string, more = '') =>
	Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message>${more}</Error>`);
const fail = (status: number, body: Uint8Array = Buffer.alloc(0), context = {}, headers = {}) =>
	toS3Error({status, headers}, readErrorDocument(body), {operation: 'put', key: 'k', ...context});

for (const [status, code, expected, retry] of [
	[404, 'NoSuchKey', 'NOT_FOUND', 'never'],
	[404, 'NoSuchBucket', 'BUCKET_NOT_FOUND', 'never'],
	[404, 'NoSuchUpload', 'UPLOAD_NOT_FOUND', 'never'],
	[403, 'AccessDenied', 'PERMISSION_DENIED', 'never'],
	[403, 'InvalidAccessKeyId', 'UNAUTHENTICATED', 'never'],
	[403, 'SignatureDoesNotMatch', 'UNAUTHENTICATED', 'never'],
	[400, 'ExpiredToken', 'UNAUTHENTICATED', 'never'],
	[403, 'RequestTimeTooSkewed', 'CLOCK_SKEW', 'never'],
	[400, 'RequestTimeout', 'TIMEOUT', 'transient'],
	[400, 'IncompleteBody', 'CONNECTION_LOST', 'transient'],
	[503, 'SlowDown', 'RATE_LIMITED', 'throttled'],
	[503, 'SlowDownWrite', 'RATE_LIMITED', 'throttled'],
	[429, 'TooManyRequests', 'RATE_LIMITED', 'throttled'],
	[503, 'ServiceUnavailable', 'UNAVAILABLE', 'transient'],
	[500, 'InternalError', 'UNAVAILABLE', 'transient'],
	[409, 'ConditionalRequestConflict', 'CONFLICT', 'transient'],
	[409, 'OperationAborted', 'CONFLICT', 'transient'],
	[409, 'BucketAlreadyExists', 'ALREADY_EXISTS', 'never'],
	[412, 'PreconditionFailed', 'PRECONDITION_FAILED', 'never'],
	[416, 'InvalidRange', 'RANGE_NOT_SATISFIABLE', 'never'],
	[400, 'EntityTooLarge', 'QUOTA', 'never'],
	[507, 'XMinioStorageFull', 'QUOTA', 'never'],
	[400, 'BadDigest', 'CHECKSUM_MISMATCH', 'transient'],
	[400, 'XAmzContentChecksumMismatch', 'CHECKSUM_MISMATCH', 'transient'],
	[400, 'KeyTooLongError', 'INVALID_KEY', 'never'],
	[400, 'XMinioInvalidObjectName', 'INVALID_KEY', 'never'],
	[501, 'NotImplemented', 'UNSUPPORTED', 'never'],
	[405, 'MethodNotAllowed', 'UNSUPPORTED', 'never'],
	[301, 'PermanentRedirect', 'REDIRECT_REFUSED', 'never'],
	[400, 'InvalidPart', 'INVALID_ARGUMENT', 'never'],
	[400, 'SomethingNew', 'INVALID_ARGUMENT', 'never'],
	[500, 'SomethingNew', 'UNAVAILABLE', 'transient'],
] as const) {
	test(`${status} ${code} is ${expected}`, t => {
		const error = fail(status, document(code));
		t.like(error, {code: expected, retry, status, providerCode: code, provider: 's3', operation: 'put', key: 'k'});
	});
}

for (const [status, expected, retry] of [
	[400, 'INVALID_ARGUMENT', 'never'],
	[401, 'UNAUTHENTICATED', 'never'],
	[403, 'PERMISSION_DENIED', 'never'],
	[404, 'NOT_FOUND', 'never'],
	[405, 'UNSUPPORTED', 'never'],
	[408, 'TIMEOUT', 'transient'],
	[409, 'CONFLICT', 'transient'],
	[412, 'PRECONDITION_FAILED', 'never'],
	[413, 'QUOTA', 'never'],
	[416, 'RANGE_NOT_SATISFIABLE', 'never'],
	[429, 'RATE_LIMITED', 'throttled'],
	[500, 'UNAVAILABLE', 'transient'],
	[501, 'UNSUPPORTED', 'never'],
	[502, 'UNAVAILABLE', 'transient'],
	[503, 'UNAVAILABLE', 'transient'],
	[504, 'UNAVAILABLE', 'transient'],
	[507, 'QUOTA', 'never'],
	[301, 'REDIRECT_REFUSED', 'never'],
	[302, 'REDIRECT_REFUSED', 'never'],
	[307, 'REDIRECT_REFUSED', 'never'],
	[308, 'REDIRECT_REFUSED', 'never'],
	[304, 'BAD_RESPONSE', 'never'],
	[418, 'UNKNOWN', 'never'],
] as const) {
	test(`${status} without a body, or with somebody else's, is ${expected}`, t => {
		for (const body of [Buffer.alloc(0), Buffer.from('<html>no</html>'), Buffer.from([0xff, 0])]) {
			t.like(fail(status, body), {code: expected, retry, status, providerCode: undefined});
		}
	});
}

test('a 404 about the bucket is about the bucket', t => {
	t.is(fail(404, undefined, {isBucket: true, key: undefined}).code, 'BUCKET_NOT_FOUND');
});

test('a failed condition means what the request meant by it', t => {
	t.is(fail(412, document('PreconditionFailed'), {precondition: 'ALREADY_EXISTS'}).code, 'ALREADY_EXISTS');
	t.is(fail(412, undefined, {precondition: 'SOURCE_CHANGED'}).code, 'SOURCE_CHANGED');
	t.is(fail(404, document('NoSuchKey'), {precondition: 'PRECONDITION_FAILED'}).code, 'PRECONDITION_FAILED');
	t.is(fail(404, document('NoSuchKey'), {precondition: 'SOURCE_CHANGED'}).code, 'NOT_FOUND');
});

const now = Date.UTC(2026, 0, 1);

for (const [text, milliseconds] of [
	['2', 2000],
	['0', 0],
	['3600', 3_600_000],
	['Thu, 01 Jan 2026 00:00:05 GMT', 5000],
	['Wed, 31 Dec 2025 23:59:00 GMT', 0],
	['-1', undefined],
	['1.5', undefined],
	['soon', undefined],
	['', undefined],
	['1e9', undefined],
	['99999999999999999999', undefined],
] as const) {
	test(`Retry-After ${JSON.stringify(text)} is ${milliseconds} ms`, t => {
		t.is(retryAfter({'retry-after': text}, now), milliseconds);
	});
}

test('x-amz-retry-after counts in milliseconds', t => {
	t.is(retryAfter({'x-amz-retry-after': '1500', 'retry-after': '9'}, now), 1500);
	t.is(retryAfter({'x-amz-retry-after': 'x', 'retry-after': '9'}, now), 9000);
});

test('the request id comes from the header, else from the body, and only if it looks like one', t => {
	t.is(fail(500, document('InternalError', '<RequestId>B</RequestId>'), {}, {'x-amz-request-id': 'A'}).requestId, 'A');
	t.is(fail(500, document('InternalError', '<RequestId>B</RequestId>')).requestId, 'B');
	t.is(fail(500, document('InternalError', '<RequestId>b c\u001B[0m</RequestId>')).requestId, undefined);
});

test('nothing else of the body gets into the error', t => {
	const body = document(
		'SignatureDoesNotMatch',
		'<StringToSign>a-marked-secret</StringToSign><AWSAccessKeyId>a-marked-secret</AWSAccessKeyId>',
	);
	const text = Buffer.from(body).toString().replace('<Message>m<', '<Message>a-marked-secret<');
	const error = fail(403, Buffer.from(text));
	t.false(`${inspect(error, {depth: 10})}${JSON.stringify(error)}`.includes('a-marked-secret'));
	t.is(error.message, 'S3 answered put of "k" with HTTP 403 SignatureDoesNotMatch');
});

test('a code that could be anything is no code', t => {
	t.is(fail(400, document(`${'x'.repeat(200)}`)).providerCode, undefined);
	t.is(fail(400, document('a b\n')).providerCode, undefined);
	t.is(fail(400, document('__proto__')).code, 'INVALID_ARGUMENT');
});
