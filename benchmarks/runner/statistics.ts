import type {Amount, Metric, Row, Sample} from './types.ts';

/** Median with the extremes beside it, so that a reader sees how steady the rounds were. */
export type Spread = {readonly median: number; readonly min: number; readonly max: number};

export const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((left, right) => left - right);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Undefined for no values, and when one is unknown: a median of some of the rounds would not be comparable. */
export const spread = (values: ReadonlyArray<number | undefined>): Spread | undefined => {
	const known = values.filter(value => value !== undefined);
	return known.length === 0 || known.length < values.length
		? undefined
		: {median: median(known), min: Math.min(...known), max: Math.max(...known)};
};

/** What is moved, counted in the unit that the scenario's throughput has. */
export const units = ({unit, bytes = 0, objects = 0}: Amount): number => (unit === 'bytes' ? bytes : objects);

const measures: Readonly<Record<Metric, (sample: Sample, amount: Amount) => number | undefined>> = {
	throughput: ({seconds}, amount) => units(amount) / seconds,
	cpu: ({cpuSeconds}) => cpuSeconds,
	memory: ({peakBytes}) => peakBytes,
};

/** One measure of a row over its rounds: units a second, CPU seconds, or bytes. */
export const measure = (row: Row, metric: Metric): Spread | undefined =>
	row.failed || row.absent ? undefined : spread(row.samples.map(sample => measures[metric](sample, row.amount)));

/** How many times the baseline's median a row's median is. */
export const ratio = (row: Row, baseline: Row, metric: Metric): number | undefined => {
	const own = measure(row, metric);
	const other = measure(baseline, metric);
	return own && other && other.median > 0 ? own.median / other.median : undefined;
};

/** The row with the highest throughput. */
export const fastest = (rows: readonly Row[]): Row | undefined =>
	rows
		.filter(row => measure(row, 'throughput'))
		.toSorted((left, right) => measure(right, 'throughput')!.median - measure(left, 'throughput')!.median)[0];
