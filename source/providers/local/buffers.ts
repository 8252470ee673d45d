import {Buffer} from 'node:buffer';
import {KIB} from '../../utils/sizes.ts';

/** Size of a buffer of a read, in bytes. A read has one, or two when the range is larger. */
export const bufferSize = 512 * KIB;

/** How many unused buffers are kept for the next reads: 8 MiB, of which only pages that were used take memory. */
const kept = 16;

const free: Buffer[] = [];

/** A buffer of `bufferSize` bytes with anything in it. */
export const takeBuffer = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(bufferSize);

/** Gives a buffer back that nobody reads or writes any more. */
export const giveBuffer = (buffer: Buffer): void => {
	if (free.length < kept) {
		free.push(buffer);
	}
};
