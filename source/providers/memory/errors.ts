import {cancelled, SluiceError} from '../../contract/index.ts';

export const notFound = (): SluiceError => new SluiceError('NOT_FOUND', 'There is no such object');

export const uploadNotFound = (): SluiceError => new SluiceError('UPLOAD_NOT_FOUND', 'There is no such upload');

export const checkSignal = (signal: AbortSignal | undefined): void => {
	if (signal?.aborted) {
		throw cancelled(signal);
	}
};
