import {joinS3Server} from './join-s3-server.ts';

await joinS3Server('Ceph', 'SLUICE_TEST_RGW');
