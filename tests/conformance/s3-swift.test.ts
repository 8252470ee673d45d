import {joinS3Server} from './join-s3-server.ts';

await joinS3Server('Swift', 'SLUICE_TEST_SWIFT_S3');
