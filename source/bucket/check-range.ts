import {type ByteRange, type Capabilities, SluiceError} from '../contract/index.ts';
import {unsupported} from './check-write.ts';

const isOffset = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
The range of a read; `undefined` for the whole object.

@throws {SluiceError} `INVALID_ARGUMENT`, `UNSUPPORTED`.
*/
export const checkRange = ({start = 0, end}: Partial<ByteRange>, capabilities: Capabilities): ByteRange | undefined => {
	if (!isOffset(start) || (end !== undefined && !isOffset(end))) {
		throw new SluiceError('INVALID_ARGUMENT', '`start` and `end` must be whole numbers from 0 on');
	}

	if (end !== undefined && end < start) {
		throw new SluiceError('INVALID_ARGUMENT', `\`end\` (${end}) is before \`start\` (${start}); both are inclusive`);
	}

	if (start === 0 && end === undefined) {
		return undefined;
	}

	if (!capabilities.read.ranges) {
		throw unsupported(capabilities, 'read.ranges');
	}

	return {start, end};
};
