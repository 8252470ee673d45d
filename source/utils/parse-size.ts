import {GIB, KIB, MIB, TIB} from './sizes.ts';

/** A number of bytes, or text such as `8MiB`, `256 KiB`, `5GB`. */
export type Size = number | string;

const units: Readonly<Record<string, number>> = {
	'': 1,
	b: 1,
	kib: KIB,
	mib: MIB,
	gib: GIB,
	tib: TIB,
	kb: 1e3,
	mb: 1e6,
	gb: 1e9,
	tb: 1e12,
	k: KIB,
	m: MIB,
	g: GIB,
	t: TIB,
};

/**
Reads a size: `KiB`, `MiB`, `GiB`, `TiB` and the bare letters are powers of 1024, `kB`, `MB`, `GB`, `TB` powers of 1000; case does not matter.

@returns The number of bytes; `undefined` when it is no whole number from 0 to 2^53 - 1.
*/
export const parseSize = (size: Size): number | undefined => {
	const match = typeof size === 'number' ? undefined : /^(\d{1,16}(?:\.\d{1,9})?) ?([a-z]{0,3})$/i.exec(size.trim());
	const factor = units[match?.[2]?.toLowerCase() ?? ''];
	const bytes = typeof size === 'number' ? size : match && factor ? Math.round(Number(match[1]) * factor) : Number.NaN;

	return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
};
