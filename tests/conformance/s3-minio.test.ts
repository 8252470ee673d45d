import {joinS3Server} from './join-s3-server.ts';

const files = 'MinIO keeps objects as files: `a` hides `a/b` from listings';
const normal = 'MinIO refuses or normalises `//`, `.`, `..` and a leading slash';

await joinS3Server('MinIO', 'SLUICE_TEST_MINIO', {
	'list:prefix': files,
	'list:delimiter:1': files,
	'list:delimiter:2': files,
	'list:delimiter:1000': files,
	'list:delimiter:prefix': files,
	'key:twins:nested': files,
	'key:dot': normal,
	'key:dotdot': normal,
	'key:dot-segments': normal,
	'key:dotdot-first': normal,
	'key:double-slash': normal,
	'key:leading-slash': normal,
	'key:only-slash': normal,
	'key:twins:slashes': normal,
	'key:longest-utf8': 'MinIO keeps objects as files: 255 bytes a segment',
	'uploads:listed': 'MinIO lists the uploads of one whole key only',
});
