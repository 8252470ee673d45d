import {megabytes, times} from './format.ts';
import {fastest, measure, ratio} from './statistics.ts';
import type {Claim, Metric, Row, Verdict} from './types.ts';

const measured: Readonly<Record<Metric, string>> = {throughput: 'the throughput', cpu: 'the CPU time', memory: 'the peak memory'};

const join = (names: readonly string[]): string =>
	names.length > 1 ? `the fastest of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!;

/** A claim as a sentence, made from what is checked so that the two cannot differ. */
export const describeClaim = ({metric, atLeast, atMost, against, subject = 'sluice'}: Claim): string => {
	const bound = atLeast ?? atMost ?? 0;
	const how = atLeast === undefined ? 'at most' : 'at least';
	return against
		? `${subject}: ${how} ${times(bound)} ${measured[metric]} of ${join(against)}`
		: `${subject}: ${how} ${megabytes(bound)} of peak memory`;
};

const compared = ({metric, against}: Claim, row: Row, rows: readonly Row[]): {value?: number; detail: string} => {
	if (!against) {
		const value = measure(row, metric)?.median;
		return {value, detail: value === undefined ? `${row.name} was not measured` : megabytes(value)};
	}

	const candidates = rows.filter(({name}) => against.includes(name));
	const missing = against.filter(name => !candidates.some(candidate => candidate.name === name && measure(candidate, metric)));
	const baseline = missing.length === 0 ? fastest(candidates) : undefined;
	const value = baseline && ratio(row, baseline, metric);
	if (value === undefined) {
		return {detail: `no measurement of ${[...(measure(row, metric) ? [] : [row.name]), ...missing].join(', ')}`};
	}

	return {value, detail: against.length > 1 ? `${times(value)} of ${baseline!.name}` : times(value)};
};

/**
Holds a claim against the rows of this run. A row that failed, or a peer that is absent, leaves the claim not compared: of several named peers all must have run, or the fastest may be the one that is missing.
*/
export const judge = (claim: Claim, rows: readonly Row[]): Verdict => {
	const text = describeClaim(claim);
	const subject = claim.subject ?? 'sluice';
	const row = rows.find(({name}) => name === subject);
	if (!row) {
		return {text, outcome: 'not compared', detail: `no row ${subject}`};
	}

	const {value, detail} = compared(claim, row, rows);
	if (value === undefined) {
		return {text, outcome: 'not compared', detail};
	}

	const reached = value >= (claim.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (claim.atMost ?? Number.POSITIVE_INFINITY);
	return {text, outcome: reached ? 'reached' : 'missed', detail};
};
