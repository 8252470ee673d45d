import {type BucketLocationConstraint, CreateBucketCommand} from '@aws-sdk/client-s3';
import {type CallOptions, SluiceError} from '../../contract/index.ts';
import type {S3Client} from './client.ts';
import {fromSdkError, withSdk} from './sdk.ts';

/** Creates the bucket in its region; one that exists and is one's own is fine. */
export const createBucket = async (client: S3Client, {signal}: CallOptions): Promise<void> => {
	const {options, region} = client;
	// Amazon refuses the constraint for us-east-1; other services often know no regions.
	const isConstrained = options.endpoint === undefined && region !== 'us-east-1';
	const constraint = {CreateBucketConfiguration: {LocationConstraint: region as BucketLocationConstraint}};
	const command = new CreateBucketCommand({Bucket: options.bucket, ...(isConstrained && constraint)});
	try {
		await withSdk(client, async sdk => sdk.send(command, {abortSignal: signal}));
	} catch (error) {
		const ours = fromSdkError(error, {operation: 'createBucket'}, signal);
		if (!(ours instanceof SluiceError) || ours.providerCode !== 'BucketAlreadyOwnedByYou') {
			throw ours;
		}
	}
};
