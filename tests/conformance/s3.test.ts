import {joinS3Double} from './join-s3-double.ts';

await joinS3Double('s3', {});
