import type {CopyResult, CopySummary, Verification} from '../index.ts';
import {count, formatBytes, formatCrc32c, formatRate, formatSeconds} from './format.ts';

// A size is never passed off as a proof.
const verifications: Readonly<Record<Verification, string>> = {
	both: 'verified by checksum',
	source: "verified by the source's checksum",
	destination: "verified by the destination's checksum",
	size: 'verified by size only',
	provider: 'copied by the provider, verified by size only',
};

const speed = (bytes: number, seconds: number): string => `in ${formatSeconds(seconds)}, ${formatRate(bytes, seconds)}`;

/** What the last line of a copy tells. */
export type Outcome = Pick<CopyResult, 'size' | 'crc32c' | 'verified' | 'lost'>;

/** The last line of a copy: `copied 4.00 GiB in 3.1 s, 1.29 GiB/s, CRC32C 1a2b3c4d, verified by checksum`. */
export const summariseOne = ({size, crc32c, verified, lost}: Outcome, seconds: number): string => {
	const sum = crc32c === undefined ? '' : `, CRC32C ${formatCrc32c(crc32c)}`;
	const less = lost.length === 0 ? '' : `, without its ${lost.join(' and ')}`;
	return `copied ${formatBytes(size)} ${speed(size, seconds)}${sum}, ${verifications[verified]}${less}`;
};

/** The last line of a copy of many: how many were verified by what, and how many failed. */
export const summariseMany = ({copied, bytes, failed, verified}: CopySummary, seconds: number): string => {
	const ways = Object.entries(verified) as [Verification, number][];
	const told = ways.map(([way, number]) => (ways.length === 1 ? verifications[way] : `${number} ${verifications[way]}`));
	const failures = failed.length === 0 ? [] : [`${failed.length} failed`];
	return [`copied ${count(copied, 'object')}, ${formatBytes(bytes)} ${speed(bytes, seconds)}`, ...told, ...failures].join(', ');
};
