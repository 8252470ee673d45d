import {joinS3Server} from './join-s3-server.ts';

const put = 'Swift answers 501 to conditions on a PUT: sluice refuses';

await joinS3Server('Swift', 'SLUICE_TEST_SWIFT_S3', {
	'condition:absent': put,
	'condition:race:put': put,
	'condition:revision': put,
	'condition:revision:missing': put,
});
