import {Buffer} from 'node:buffer';
import {type Consume, SluiceError} from '../contract/index.ts';

export interface Collector {
	/** Says how many bytes will come, at most. */
	expect(length: number): void;
	readonly consume: Consume;
	/** What has come. */
	bytes(): Buffer;
}

/**
Collects lent chunks into one buffer of the length that was promised.

@param maximum - Most bytes to take; more is `LIMIT_EXCEEDED` before any memory is taken.
*/
export const collector = (maximum: number): Collector => {
	let buffer = Buffer.alloc(0);
	let filled = 0;

	return {
		expect(length) {
			if (length > maximum) {
				throw new SluiceError(
					'LIMIT_EXCEEDED',
					`${length} bytes are more than the ${maximum} to be held in memory: raise \`maximum\` or read a stream`,
				);
			}

			buffer = Buffer.allocUnsafeSlow(length);
		},
		consume(chunk) {
			buffer.set(chunk, filled);
			filled += chunk.length;
		},
		bytes: () => buffer.subarray(0, filled),
	};
};
