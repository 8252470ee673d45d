import type {BucketEntry, Driver} from '../../contract/index.ts';
import {createMemoryDriver} from './driver.ts';
import {readOptions} from './options.ts';

export const createDriver = (entry: BucketEntry): Driver => createMemoryDriver(readOptions(entry));
