import {S3Error} from './s3-error.ts';

export interface ByteRange {
	readonly start: number;
	/** Inclusive. */
	readonly end: number;
}

/**
Reads a Range header as S3 does: one range of bytes, a suffix too; what it cannot read, or several ranges, it ignores and sends the whole.

@throws {S3Error} `InvalidRange` (416) for a range that begins behind the end, and for any range of an empty object.
*/
export const parseRange = (header: string | undefined, size: number): ByteRange | undefined => {
	const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];

	if (
		first === undefined ||
		last === undefined ||
		(first === '' && last === '') ||
		(first !== '' && last !== '' && Number(last) < Number(first))
	) {
		return;
	}

	const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
	const isEmpty = first === '' && Number(last) === 0;

	if (start >= size || isEmpty) {
		throw new S3Error('InvalidRange', {details: {RangeRequested: header ?? '', ActualObjectSize: String(size)}});
	}

	return {start, end: first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)};
};

/**
Reads `x-amz-copy-source-range`, where S3 is stricter: both ends, within the source, and only of a source larger than the smallest part.

@throws {S3Error} `InvalidArgument` or `InvalidRequest`.
*/
export const parseCopyRange = (header: string | undefined, size: number, minPartSize: number): ByteRange | undefined => {
	if (header === undefined) {
		return;
	}

	const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];

	if (first === undefined || last === undefined || Number(last) < Number(first)) {
		throw new S3Error('InvalidArgument', {
			message:
				'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
			details: {ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header},
		});
	}

	if (size <= minPartSize) {
		throw new S3Error('InvalidRequest', {message: 'The specified copy source is not supported as a byte-range copy source'});
	}

	if (Number(last) >= size) {
		throw new S3Error('InvalidArgument', {
			message: `Range specified is not valid for source object of size: ${size}`,
			details: {ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header},
		});
	}

	return {start: Number(first), end: Number(last)};
};
