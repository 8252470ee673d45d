import {Buffer} from 'node:buffer';
import {SluiceError} from '../contract/index.ts';

/**
Checks that a provider can hold an object of this key: well-formed Unicode of 1 to `maximum` UTF-8 bytes. Keys are never changed.

@throws {SluiceError} `INVALID_KEY`.
*/
export const checkKey = (key: string, maximum: number): void => {
	if (typeof key !== 'string' || key === '') {
		throw new SluiceError('INVALID_KEY', 'A key is a string of at least one character');
	}

	if (!key.isWellFormed()) {
		throw new SluiceError('INVALID_KEY', 'The key has half of a surrogate pair, which no UTF-8 text can hold', {key});
	}

	if (key.length * 3 > maximum && Buffer.byteLength(key) > maximum) {
		throw new SluiceError('INVALID_KEY', `The key has ${Buffer.byteLength(key)} bytes, more than the ${maximum} that the provider allows`, {
			key,
		});
	}
};
