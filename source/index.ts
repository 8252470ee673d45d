export type {
	Bucket,
	CommonPrefix,
	ListOptions,
	PutSource,
	ReadOptions,
	RemoveManyOptions,
	RemoveManyResult,
	SignOptions,
	WriteOptions,
} from './bucket/index.ts';
export {type Config, defineConfig, type EntryConfig, env, type Secret} from './config/index.ts';
export {
	type ByteRange,
	type Capabilities,
	type Checksums,
	type ContentHeaders,
	type ErrorCode,
	errorCodes,
	type ListPage,
	type ObjectEntry,
	type ObjectInfo,
	type RemoveOutcome,
	SluiceError,
	type UnfinishedUpload,
	type WriteCondition,
} from './contract/index.ts';
export type {CopyEvent, CopyManyOptions, CopyOptions, CopyResult, CopySummary, Strategy, Verification} from './engine/index.ts';
export {type ObjectReference, type OpenOptions, open, type Sluice} from './open.ts';
export type {PartWriter} from './streams/part-writer.ts';
