import {ListMultipartUploadsCommand} from '@aws-sdk/client-s3';
import {type CallOptions, SluiceError, type UnfinishedUpload} from '../../contract/index.ts';
import type {S3Client} from './client.ts';
import {createSdk, fromSdkError} from './sdk.ts';

/** Unfinished uploads in the bucket, page by page, in the order of the server. */
export async function* listUploads(client: S3Client, {prefix, signal}: CallOptions & {prefix?: string}): AsyncGenerator<UnfinishedUpload> {
	const sdk = createSdk(client);
	let marker: {KeyMarker?: string; UploadIdMarker?: string} = {};
	try {
		for (;;) {
			// Not `encoding-type=url`: Ceph then encodes without saying so, others do not encode.
			const command = new ListMultipartUploadsCommand({Bucket: client.options.bucket, Prefix: prefix, ...marker});
			const page = await sdk.send(command, {abortSignal: signal}).catch((error: unknown) => {
				throw fromSdkError(error, {operation: 'uploads'}, signal);
			});
			for (const {Key: key = '', UploadId, Initiated} of page.Uploads ?? []) {
				// Whether the parts carry checksums is not listed; an upload is listed to be aborted.
				yield {key, token: JSON.stringify({key, uploadId: UploadId}), started: Initiated};
			}

			const next = {KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker};
			if (!page.IsTruncated) {
				return;
			}

			if (next.KeyMarker === marker.KeyMarker && next.UploadIdMarker === marker.UploadIdMarker) {
				throw new SluiceError('LIST_STUCK', 'The list of uploads repeats itself', {provider: 's3', operation: 'uploads'});
			}

			marker = next;
		}
	} finally {
		sdk.destroy();
	}
}
