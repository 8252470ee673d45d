import type {Spread} from './statistics.ts';

const digits = (value: number, places: number): string =>
	value.toLocaleString('en-US', {minimumFractionDigits: places, maximumFractionDigits: places});

export const times = (value: number): string => `${digits(value, 2)}×`;

/** Megabytes of 10^6 bytes, as all figures here. */
export const megabytes = (bytes: number): string => `${digits(bytes / 1e6, 0)} MB`;

/** `1.23 (1.20–1.40)`; only the number when there was one round. */
export const range = (spread: Spread | undefined, places: number, divisor = 1): string => {
	if (!spread) {
		return 'n/a';
	}

	const [middle, low, high] = [spread.median, spread.min, spread.max].map(value => digits(value / divisor, places));
	return spread.min === spread.max ? middle! : `${middle} (${low}–${high})`;
};

/** A size as the scenarios name them: `4 GiB`, `41.9 MiB`, `4 KiB`. */
export const size = (bytes: number): string => {
	const units = ['B', 'KiB', 'MiB', 'GiB'];
	const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0);
	return `${(bytes / 1024 ** power).toLocaleString('en-US', {maximumFractionDigits: 1})} ${units[power]}`;
};
