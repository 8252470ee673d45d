import type {BucketEntry, Driver} from '../../contract/index.ts';
import {createS3Driver} from './driver.ts';
import {readOptions} from './options.ts';

export {createS3Driver} from './driver.ts';
export {regionOfType, s3Types} from './regions.ts';

/**
Makes the driver of a bucket at Amazon S3 or a service that speaks its protocol. Makes no request.

@throws {SluiceError} `INVALID_CONFIG` naming `providers.<name>.<field>`.
*/
export const createDriver = (entry: BucketEntry): Driver => createS3Driver(readOptions(entry));
