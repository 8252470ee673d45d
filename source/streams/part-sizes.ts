import {type Capabilities, SluiceError} from '../contract/index.ts';
import {MIB} from '../utils/sizes.ts';

/** Size of a part unless the caller, the size of the object or the provider asks for another one, in bytes. */
export const defaultPartSize = 8 * MIB;

/** The share of the parts that a provider allows which stay as small as the first: memory does not grow with the object, up to 66 GiB by default. */
const flatShare = 0.85;

/** The share of the parts after which the next ones are twice as large, from there on. */
const stepShare = 0.015;

export interface PartSizesOptions {
	/** Limits of the provider. */
	readonly parts: NonNullable<Capabilities['parts']>;
	/** Least part size that the caller wants, in bytes. Default 8 MiB. */
	readonly requested?: number;
	/** Size of the object, when it is known, in bytes. */
	readonly size?: number;
	/** Memory that the parts are buffered in, in bytes. Default: they are not buffered. */
	readonly memory?: number;
}

/** How large each part of an upload is. */
export interface PartSizes {
	/** Size of a part that is not the last one, in bytes; the first number is 1. */
	sizeOf(number: number): number;
	/** The largest object that these parts hold, in bytes. */
	readonly largest: number;
}

const invalid = (message: string): SluiceError => new SluiceError('INVALID_ARGUMENT', message);

/** Largest part that may be used: two must fit the memory, one in flight and one being filled. */
const capOf = ({parts, requested, memory = Number.POSITIVE_INFINITY}: PartSizesOptions): number => {
	const half = Math.floor(memory / 2);
	if (Math.max(requested ?? 0, parts.minimum) > half) {
		const least = 2 * Math.max(requested ?? 0, parts.minimum);
		throw invalid(`Parts of ${least / 2} bytes need a memory limit of ${least} bytes: raise \`memory\` or lower \`partSize\``);
	}

	const cap = Math.min(parts.maximum, half);
	return cap - (cap % parts.multiple);
};

/** All parts as large as the first: the least size from `base` on that the object fits into. */
const oneSize = (base: number, cap: number, {parts, size = 0}: PartSizesOptions): PartSizes => {
	const needed = Math.ceil(Math.ceil(size / parts.count) / parts.multiple) * parts.multiple;
	if (needed > cap) {
		const limit = cap < parts.maximum ? ', which the memory limit allows: raise `memory`' : '';
		throw invalid(`${size} bytes do not fit ${parts.count} parts of at most ${cap} bytes${limit}`);
	}

	const partSize = Math.max(base, needed);
	return {sizeOf: () => partSize, largest: partSize * parts.count};
};

/** Sizes that stay the same as long as the parts last, and double when they run out. */
const ladder = (base: number, cap: number, count: number): PartSizes => {
	const flat = Math.floor(count * flatShare);
	const step = Math.max(1, Math.floor(count * stepShare));
	const sizeOf = (number: number) => (number <= flat ? base : Math.min(cap, base * 2 ** Math.ceil((number - flat) / step)));

	let largest = base * flat;
	let number = flat + 1;
	for (; number <= count && sizeOf(number) < cap; number += step) {
		largest += sizeOf(number) * Math.min(step, count - number + 1);
	}

	return {sizeOf, largest: largest + cap * Math.max(0, count - number + 1)};
};

/**
Chooses the part sizes of an upload.

Known size, or a provider that wants equal parts: one size. Unknown size: all as large as the first for 85 % of the parts that the provider allows, then doubling every 1.5 % of them, up to the provider's maximum or half of the memory. So 10 000 parts of 8 MiB hold 66 GiB before they grow, and 214 GiB in all with 256 MiB of memory.

@throws {SluiceError} `INVALID_ARGUMENT` when a known size does not fit, or two parts do not fit the memory.
*/
export const planPartSizes = (options: PartSizesOptions): PartSizes => {
	const {parts, requested = defaultPartSize, size} = options;
	const cap = capOf(options);
	const wanted = Math.max(requested, parts.minimum);
	const base = Math.min(cap, Math.ceil(wanted / parts.multiple) * parts.multiple);

	return size === undefined && !parts.uniform ? ladder(base, cap, parts.count) : oneSize(base, cap, options);
};
