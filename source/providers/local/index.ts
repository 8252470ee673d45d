import type {BucketEntry, Driver} from '../../contract/index.ts';
import {LocalDriver} from './driver.ts';
import {parseOptions} from './options.ts';

/**
Makes the driver of a folder. Does not look at the folder; `createBucket` makes it.

@throws {SluiceError} `INVALID_CONFIG` naming entry and field.
*/
export const createDriver = (entry: BucketEntry): Driver => new LocalDriver(parseOptions(entry));
