import {joinS3Server} from './join-s3-server.ts';

const put = 'Swift answers 501 to conditions on a PUT: sluice refuses';

await joinS3Server('Swift', 'SLUICE_TEST_SWIFT_S3', {
	'condition:absent': put,
	'condition:race:put': put,
	'condition:race:parts': 'Swift looks whether the object exists, and then completes: two uploads at once can both succeed',
	'condition:revision': put,
	'condition:revision:missing': put,
});
