import {type Body, type Consume, SluiceError} from '../contract/index.ts';
import {MIB} from '../utils/sizes.ts';
import {crc32c} from './crc32c.ts';

/** A write that is larger has to wait for the socket anyway. */
const sliceSize = MIB;

/** A body whose sum is known from the start. */
export interface MemoryBody extends Body {
	crc32c(): number;
}

/** A body of bytes in memory. They are summed once, at once, and must not change until it was sent. */
export const bodyOf = (bytes: Uint8Array): MemoryBody => {
	const sum = crc32c(bytes);

	return {
		size: bytes.length,
		crc32c: () => sum,
		async send(write) {
			for (let offset = 0; offset < bytes.length; offset += sliceSize) {
				await write(bytes.subarray(offset, offset + sliceSize));
			}
		},
	};
};

/**
A body of exactly `size` bytes that come from elsewhere: summed and counted on their way.

@param expected - CRC32C that the bytes must have. The last chunk is held back until it is compared, so that a mismatch completes nothing.
@param source - Gives all bytes to `write`, again from the first one each time it is called.
@throws {SluiceError} Its `send` rejects with `SOURCE_SHORT`, `CHECKSUM_MISMATCH`, or with `SOURCE_LONG` before any byte too many is written.
*/
export const streamedBody = (size: number, source: (write: Consume) => Promise<unknown>, expected?: number): Body => {
	let sum: number | undefined;

	return {
		size,
		crc32c: () => sum,
		async send(write) {
			let sent = 0;
			let running = 0;
			await source(chunk => {
				sent += chunk.length;
				if (sent > size) {
					throw new SluiceError('SOURCE_LONG', `The source goes on past its ${size} bytes`);
				}

				running = crc32c(chunk, running);
				if (sent === size && expected !== undefined && running !== expected) {
					throw new SluiceError('CHECKSUM_MISMATCH', 'The bytes that were read do not have the CRC32C that the source reports');
				}

				return write(chunk);
			});

			if (sent < size) {
				throw new SluiceError('SOURCE_SHORT', `The source ended after ${sent} of ${size} bytes`);
			}

			sum = running;
		},
	};
};
