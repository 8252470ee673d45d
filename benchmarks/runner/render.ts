import {range} from './format.ts';
import type {Machine} from './machine.ts';
import {measure, ratio, type Spread, spread, units} from './statistics.ts';
import type {Result, Row, Tool} from './types.ts';

/** Everything that a page is made of, and what `--json` writes. */
export type Report = {
	readonly date: string;
	readonly machine: Machine;
	readonly rounds: number;
	readonly scale: number;
	readonly tools: readonly Tool[];
	readonly results: readonly Result[];
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const perUnit = (row: Row): string => {
	const perGiB = row.amount.unit === 'bytes';
	const factor = perGiB ? 1024 ** 3 : 1e6;
	const cost = measure(row, 'cpu');
	return cost ? `${((cost.median * factor) / units(row.amount)).toFixed(perGiB ? 2 : 0)} ${perGiB ? 's/GiB' : 'µs each'}` : 'n/a';
};

const throughput = (row: Row): string =>
	row.amount.unit === 'bytes' ? `${range(measure(row, 'throughput'), 0, 1e6)} MB/s` : `${range(measure(row, 'throughput'), 0)}/s`;

const treePeak = (row: Row): Spread | undefined => spread(row.samples.map(({treePeakBytes}) => treePeakBytes));

const headings = ['', 'seconds', 'throughput', 'CPU s', 'CPU', 'peak MB', 'all processes MB', 'rounds', 'sluice is'];

const againstSluice = (row: Row, rows: readonly Row[]): string => {
	const sluice = rows.find(({role}) => role === 'sluice');
	const [speed, cpu] = sluice && row.role !== 'sluice' ? [ratio(sluice, row, 'throughput'), ratio(sluice, row, 'cpu')] : [];
	return speed === undefined || cpu === undefined ? '' : `${speed.toFixed(2)}× as fast, ${cpu.toFixed(2)}× the CPU`;
};

const renderRow = (row: Row, rows: readonly Row[]): string => {
	const blank = Array.from({length: headings.length - 2}, () => '');
	if (row.absent !== undefined) {
		return line([row.name, `absent: ${row.absent}`, ...blank]);
	}

	if (row.failed !== undefined) {
		return line([row.name, `FAILED: ${row.failed}`, ...blank]);
	}

	return line([
		row.role === 'sluice' ? `**${row.name}**` : row.name,
		range(spread(row.samples.map(({seconds}) => seconds)), 2),
		throughput(row),
		range(measure(row, 'cpu'), 2),
		perUnit(row),
		range(measure(row, 'memory'), 0, 1e6),
		range(treePeak(row), 0, 1e6),
		String(row.samples.length),
		againstSluice(row, rows),
	]);
};

export const renderTable = (rows: readonly Row[]): string =>
	[line(headings), line(headings.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(row => renderRow(row, rows))].join('\n');

const marks = {reached: 'reached', missed: '**missed**', 'not compared': 'not compared'} as const;

/** One scenario: its claims with what came of them, then the table. */
export const renderResult = ({name, title, rows, verdicts, notRun}: Result): string => {
	const claims = verdicts.map(({text, outcome, detail}) => `- ${text} — ${marks[outcome]}: ${detail}`).join('\n');
	return [`## ${name}`, `${title}.`, claims, notRun === undefined ? renderTable(rows) : `Not run: ${notRun}`].join('\n\n');
};

const introduction = `
What moving bytes costs with sluice, with other tools and with bare baselines, all measured in one run, client and servers on the same machine.
The server is a stand-in that keeps nothing ([\`benchmarks/sink\`](../benchmarks/sink)), so that the client is what is measured; it proves no correctness.
The contenders take turns within each round; the table has the median, and the lowest and highest in parentheses. CPU is user and system time of the whole
process tree, the feeder of a pipe included; peak is the resident memory of its largest process. MB are 10^6 bytes. Every result was checked: a row that did
not move the right bytes has no number.
`.trim();

const describeTool = ({name, version, absent}: Tool): string => `- ${name}: ${version ?? `absent, ${absent}`}`;

export const renderPage = ({date, machine, rounds, scale, tools, results}: Report): string =>
	[
		'# Benchmarks',
		'<!-- Written by `npm run benchmark -- --write`; do not edit. -->',
		introduction,
		`Run with \`npm run benchmark -- --rounds ${rounds}${scale === 1 ? '' : ` --scale ${scale}`} --write\` on ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, Node.js ${machine.node}, ${machine.kernel}; load at the start ${machine.load}. How to run it, and what is needed: [\`benchmarks/README.md\`](../benchmarks/README.md).`,
		...(scale === 1 ? [] : [`**Sizes are scaled by ${scale}: these figures only show that the scenarios work.**`]),
		tools.map(describeTool).join('\n'),
		...results.map(renderResult),
		'',
	].join('\n\n');
