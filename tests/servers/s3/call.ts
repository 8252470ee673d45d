import type {Answer} from './answer.ts';
import type {Fault} from './faults.ts';
import type {BucketMemory, Memory} from './memory.ts';
import type {Payload} from './payload.ts';
import type {Settings} from './types.ts';

/** A request that was signed, received whole and checked: all that an operation needs. */
export interface Call {
	readonly memory: Memory;
	readonly settings: Settings;
	readonly bucketName: string;
	readonly key: string;
	readonly query: ReadonlyMap<string, string>;
	/** Names in lower case; of a presigned URL also the `x-amz-*` parameters of its query. */
	readonly headers: ReadonlyMap<string, string>;
	readonly payload: Payload;
	readonly fault: Fault | undefined;
	/** Host as the client wrote it, for `<Location>`. */
	readonly origin: string;
}

export type Operation = (call: Call) => Answer;

/** @throws {S3Error} `NoSuchBucket`. */
export const bucketOf = ({memory, bucketName}: Call): BucketMemory => memory.bucket(bucketName);

/** Now, in whole seconds: S3 keeps no finer time of an object. */
export const nowOf = ({settings}: Call): Date => new Date(Math.floor(settings.clock().getTime() / 1000) * 1000);
