export type {Body, Consume} from './body.ts';
export type {Capabilities} from './capabilities.ts';
export type {
	ByteRange,
	CallOptions,
	CompleteOptions,
	Driver,
	ListPageOptions,
	Part,
	PartReceipt,
	ReadAnswer,
	ReadCallOptions,
	SignOptions,
	UploadSession,
	WriteCallOptions,
	WriteCondition,
} from './driver.ts';
export {cancelled, type ErrorCode, type ErrorContext, errorCodes, type Retryability, SluiceError, toSluiceError} from './errors.ts';
export type {Checksums, ContentHeaders, ListPage, ObjectEntry, ObjectInfo, RemoveOutcome, UnfinishedUpload} from './object.ts';
export type {BucketEntry, ProviderModule} from './provider.ts';
export {createRetrier, defaultRetryPolicy, pauseBefore, type Retrier, type RetryEvent, type RetryMeans, type RetryPolicy} from './retry.ts';
