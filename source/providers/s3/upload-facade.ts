import {
	AbortMultipartUploadCommand,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
	type CreateMultipartUploadCommandOutput,
	type S3Client as SdkClient,
} from '@aws-sdk/client-s3';
import {withGrace} from './with-grace.ts';

type Command = Parameters<SdkClient['send']>[0];

/** Stands between `Upload` of lib-storage and its client. */
export interface UploadFacade {
	readonly client: SdkClient;
	/** Rejects with what failed first. */
	readonly failed: Promise<never>;
	/** The answer that made the object visible, once there is one. */
	readonly stored: {readonly ETag?: string} | undefined;
	/** Name of the upload while it is unfinished. */
	readonly unfinished: string | undefined;
	/** Stops all requests, waits for them to end, and removes the upload unless it was completed. */
	cleanUp(): Promise<void>;
}

/**
`Upload` gives its requests no signal, rejects while parts are still under way, waits for a silent source, and aborts before its parts have landed, so that some stay behind and are paid for. Here every request gets the signal and is kept track of, and the abort waits for them.
*/
export const createFacade = (sdk: SdkClient, target: {Bucket: string; Key: string}, signal: AbortSignal | undefined): UploadFacade => {
	const running = new Set<Promise<unknown>>();
	const stop = new AbortController();
	const abortSignal = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);
	let unfinished: string | undefined;
	let stored: {readonly ETag?: string} | undefined;

	const run = async (command: Command): Promise<unknown> => {
		if (command instanceof CreateMultipartUploadCommand) {
			const output = await withGrace(abortSignal, async late => sdk.send(command, {abortSignal: late}));
			unfinished = (output as CreateMultipartUploadCommandOutput).UploadId;
			return output;
		}

		if (command instanceof CompleteMultipartUploadCommand) {
			stored = await withGrace(abortSignal, async late => sdk.send(command, {abortSignal: late}));
			unfinished = undefined;
			return stored;
		}

		return sdk.send(command, {abortSignal});
	};

	const send = async (command: Command): Promise<unknown> => {
		if (command instanceof AbortMultipartUploadCommand) {
			return {};
		}

		const request = run(command);
		running.add(request);
		try {
			return await request;
		} catch (error) {
			failure.reject(error);
			throw error;
		} finally {
			running.delete(request);
		}
	};

	return {
		client: {config: sdk.config, send} as unknown as SdkClient,
		failed: failure.promise,
		get stored() {
			return stored;
		},
		get unfinished() {
			return unfinished;
		},
		async cleanUp() {
			stop.abort();
			await Promise.allSettled(running);
			if (unfinished !== undefined) {
				await sdk.send(new AbortMultipartUploadCommand({...target, UploadId: unfinished}));
			}
		},
	};
};
