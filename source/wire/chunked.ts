/*
The chunked transfer coding, decoded in place: data comes out as slices of the buffers that went in.
*/
import {SluiceError} from '../contract/errors.ts';
import {KIB} from '../utils/sizes.ts';
import {badResponse} from './errors.ts';
import {isHeaderLine} from './head.ts';

const lineFeed = 10;

/** Longest chunk-size line with its extensions, and longest trailer section. */
const lineMaximum = 4 * KIB;
const trailerMaximum = 16 * KIB;

export interface ChunkedDecoder {
	/** The last chunk and the trailers have been read. */
	readonly done: boolean;
	/**
	Reads on from `at`. Gives the end of a run of data (`dataStart` to the returned offset) or, when `dataStart` equals it, only framing was read.
	*/
	next(bytes: Uint8Array, at: number): {readonly dataStart: number; readonly end: number};
}

export const createChunkedDecoder = (): ChunkedDecoder => {
	let mode: 'size' | 'data' | 'after data' | 'trailer' | 'done' = 'size';
	let left = 0;
	let line = '';
	let trailers = 0;

	/** Takes bytes up to a line feed into `line`; returns the offset behind them and whether the line is complete. */
	const readLine = (bytes: Uint8Array, at: number, maximum: number): {end: number; complete: boolean} => {
		const found = bytes.indexOf(lineFeed, at);
		const end = found === -1 ? bytes.length : found + 1;
		if (line.length + end - at > maximum) {
			throw new SluiceError('LIMIT_EXCEEDED', 'The answer has an endless line in its chunked coding');
		}

		for (let index = at; index < end; index++) {
			line += String.fromCharCode(bytes[index]!);
		}

		return {end, complete: found !== -1};
	};

	const onLine = (text: string): void => {
		if (!text.endsWith('\r\n') || text.indexOf('\r') !== text.length - 2) {
			throw badResponse('The answer has a malformed chunk', text);
		}

		const content = text.slice(0, -2);
		if (mode === 'size') {
			const size = /^([\da-fA-F]{1,13})(?:[\t ]*;[\t\x20-\x7e]*)?$/.exec(content);
			if (!size) {
				throw badResponse('The answer has a malformed chunk size', content);
			}

			left = Number.parseInt(size[1]!, 16);
			mode = left === 0 ? 'trailer' : 'data';
		} else if (mode === 'after data') {
			if (content !== '') {
				throw badResponse('The answer has a chunk that is longer than its size', content);
			}

			mode = 'size';
		} else if (content === '') {
			mode = 'done';
		} else if (!isHeaderLine(content)) {
			throw badResponse('The answer has a malformed trailer', content);
		} else {
			trailers += text.length;
			if (trailers > trailerMaximum) {
				throw new SluiceError('LIMIT_EXCEEDED', 'The answer has endless trailers');
			}
		}
	};

	return {
		get done() {
			return mode === 'done';
		},
		next(bytes, at) {
			if (mode === 'data') {
				const end = Math.min(bytes.length, at + left);
				left -= end - at;
				if (left === 0) {
					mode = 'after data';
				}

				return {dataStart: at, end};
			}

			const {end, complete} = readLine(bytes, at, lineMaximum);
			if (complete) {
				const text = line;
				line = '';
				onLine(text);
			}

			return {dataStart: end, end};
		},
	};
};
