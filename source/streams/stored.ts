import {type ObjectInfo, SluiceError} from '../contract/index.ts';

/**
Compares what the provider says about a new object with what was sent: the size always, the CRC32C where it is reported.

@throws {SluiceError} `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`. The object stays: removing it by its name could remove someone else's.
*/
export const checkStored = (info: ObjectInfo, size: number, crc32c: number | undefined): ObjectInfo => {
	if (info.size !== size) {
		throw new SluiceError('SIZE_MISMATCH', `The stored object has ${info.size} bytes, ${size} were sent`);
	}

	const reported = info.checksums.crc32c;
	if (reported !== undefined && crc32c !== undefined && reported !== crc32c) {
		throw new SluiceError('CHECKSUM_MISMATCH', 'The CRC32C of the stored object is not that of the bytes that were sent');
	}

	return info;
};
