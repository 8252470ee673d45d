import {joinS3Server} from './join-s3-server.ts';

const files = 'Versity keeps objects as files: `b` and `b/4`, or `a/` with a body, cannot both be';
const normal = 'Versity refuses or rewrites `//`, `.`, `..` and a leading slash';
const raw = 'Versity lists keys unencoded, and XML cannot carry this one';

await joinS3Server('Versity', 'SLUICE_TEST_VERSITYGW', {
	'list:prefix': files,
	'list:order': files,
	'list:delimiter:1': files,
	'list:delimiter:2': files,
	'list:delimiter:1000': files,
	'list:delimiter:prefix': files,
	'remove:one': files,
	'key:twins:nested': files,
	'key:trailing-slash': files,
	'key:dot': normal,
	'key:dotdot': normal,
	'key:dot-segments': normal,
	'key:dotdot-first': normal,
	'key:double-slash': normal,
	'key:leading-slash': normal,
	'key:only-slash': normal,
	'key:twins:slashes': normal,
	'key:control': raw,
	'key:noncharacter': raw,
	'key:longest-utf8': 'Versity keeps objects as files: 255 bytes a segment',
});
