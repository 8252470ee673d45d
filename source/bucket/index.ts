export {
	Bucket,
	type BucketOptions,
	type CommonPrefix,
	type ListOptions,
	type ReadOptions,
	type SignOptions,
	type WriteOptions,
} from './bucket.ts';
export {checkKey} from './check-key.ts';
export {checkWrite, type WriteAttributes} from './check-write.ts';
export type {PutSource} from './put-source.ts';
export {type ReliableOptions, reliable} from './reliable.ts';
export type {RemoveManyOptions, RemoveManyResult} from './remove-many.ts';
