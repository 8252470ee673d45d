import {joinS3Server} from './join-s3-server.ts';

const complete = 'Ceph 16 ignores conditions when an upload is completed: sluice refuses';

await joinS3Server('Ceph', 'SLUICE_TEST_RGW', {
	'condition:absent:parts': complete,
	'condition:race:parts': complete,
	'condition:revision': 'Ceph 16 never matches an ETag in quotes in the If-Match of a PUT: the write is refused',
	'parts:complete-aborted': 'Ceph 16 answers 500 in place of 404',
	'metadata:proto': 'Ceph turns `_` in names of metadata into `-`',
});
