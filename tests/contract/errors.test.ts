import {inspect} from 'node:util';
import test from 'ava';
import {cancelled, errorCodes, SluiceError, toSluiceError} from '../../source/contract/index.ts';

test('a code says whether a retry can help, a context can overrule it', t => {
	t.is(new SluiceError('UNAVAILABLE', '').retry, 'transient');
	t.is(new SluiceError('RATE_LIMITED', '').retry, 'throttled');
	t.is(new SluiceError('NOT_FOUND', '').retry, 'never');
	t.is(new SluiceError('UNAVAILABLE', '', {retry: 'never'}).retry, 'never');
});

test('every code has a meaning, which is a sentence', t => {
	for (const [code, {meaning}] of Object.entries(errorCodes)) {
		t.regex(code, /^[A-Z][A-Z_0-9]+$/);
		t.regex(meaning, /^[A-Z].*\.$/);
	}
});

test('describe fills in what is not known yet and overwrites nothing', t => {
	const error = new SluiceError('NOT_FOUND', 'none', {key: 'a', status: 404});
	t.is(error.describe({key: 'b', bucket: 'c', operation: undefined, cause: new Error('x')}), error);
	t.like(error, {key: 'a', bucket: 'c', status: 404, operation: undefined, cause: undefined});
});

test('an error that is ours stays the same one, another one is wrapped', t => {
	const ours = new SluiceError('NOT_FOUND', 'none');
	t.is(toSluiceError(ours, {bucket: 'b'}), ours);
	t.is(ours.bucket, 'b');

	const other = new RangeError('odd');
	t.like(toSluiceError(other, {key: 'k'}), {code: 'UNKNOWN', message: 'odd', cause: other, key: 'k', retry: 'never'});
	t.like(toSluiceError('text'), {code: 'UNKNOWN', message: 'text'});
});

test('an aborted call has the reason of the signal as its cause', t => {
	const reason = new Error('enough');
	t.like(cancelled(AbortSignal.abort(reason)), {code: 'CANCELLED', cause: reason});
});

test('inspection shows code and context', t => {
	const text = inspect(new SluiceError('NOT_FOUND', 'There is no such object', {bucket: 'b', key: 'k'}));
	t.regex(text, /SluiceError: There is no such object/);
	t.regex(text, /code: 'NOT_FOUND'/);
	t.regex(text, /key: 'k'/);
});
