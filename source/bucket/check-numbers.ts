import {SluiceError} from '../contract/index.ts';
import {parseSize, type Size} from '../utils/parse-size.ts';

/** @throws {SluiceError} `INVALID_ARGUMENT` naming the option. */
export const checkSize = (name: string, size: Size | undefined, least = 0): number | undefined => {
	const bytes = size === undefined ? undefined : parseSize(size);
	if (size !== undefined && (bytes === undefined || bytes < least)) {
		throw new SluiceError('INVALID_ARGUMENT', `\`${name}\` must be a number of bytes from ${least} on, or text such as 8MiB`);
	}

	return bytes;
};

/** @throws {SluiceError} `INVALID_ARGUMENT` naming the option. */
export const checkCount = (name: string, count: number | undefined, most: number): number | undefined => {
	if (count !== undefined && !(Number.isSafeInteger(count) && count >= 1 && count <= most)) {
		throw new SluiceError('INVALID_ARGUMENT', `\`${name}\` must be a whole number from 1 to ${most}`);
	}

	return count;
};
