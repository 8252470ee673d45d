import {SluiceError} from '../contract/index.ts';
import type {Copied, Verification} from './types.ts';

/**
Says what a copy was compared with. Strategies compare with the source before they commit, so that a mismatch leaves nothing behind; this is the last look, at both sides.

@throws {SluiceError} `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`.
*/
export const verify = ({info, from, crc32c, strategy}: Copied): Verification => {
	if (info.size !== from.size) {
		throw new SluiceError('SIZE_MISMATCH', `The copy has ${info.size} bytes, the source ${from.size}`);
	}

	const sum = crc32c ?? from.checksums.crc32c;
	const atSource = from.checksums.crc32c;
	const atTarget = info.checksums.crc32c;
	if ([atSource, atTarget].some(reported => reported !== undefined && sum !== undefined && reported !== sum)) {
		throw new SluiceError('CHECKSUM_MISMATCH', 'The CRC32C of the copy is not that of the source');
	}

	if (atSource !== undefined && atTarget !== undefined) {
		return 'both';
	}

	if (strategy === 'server') {
		return 'provider';
	}

	return atTarget === undefined ? (atSource === undefined ? 'size' : 'source') : 'destination';
};

/** Compares the sum of all bytes that were read with what the source reports, before the destination commits. */
export const checkSource = (crc32c: number, reported: number | undefined): void => {
	if (reported !== undefined && crc32c !== reported) {
		throw new SluiceError('CHECKSUM_MISMATCH', 'The bytes that were read do not have the CRC32C that the source reports');
	}
};
