import {joinS3Double} from './join-s3-double.ts';

// As Ceph RGW 16 is: trailers refused, checksums ignored.
await joinS3Double('s3 without checksums', {trailers: 'refuse-400', checksums: false});
