import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import test from 'ava';
import {describeClaim, judge} from '../../benchmarks/runner/claims.ts';
import {plainEnvironment} from '../../benchmarks/runner/clients.ts';
import {measureCommand} from '../../benchmarks/runner/measure.ts';
import {parseOptions} from '../../benchmarks/runner/options.ts';
import {renderPage, renderResult, renderTable} from '../../benchmarks/runner/render.ts';
import {runScenario} from '../../benchmarks/runner/run-scenario.ts';
import {fastest, median, ratio, spread} from '../../benchmarks/runner/statistics.ts';
import type {Contender, Row, Sample, Scenario} from '../../benchmarks/runner/types.ts';

const sample = (seconds: number, cpuSeconds = seconds, peakBytes = 50e6): Sample => ({
	seconds,
	cpuSeconds,
	peakBytes,
	treePeakBytes: peakBytes,
});

const row = (name: string, samples: readonly Sample[], more: Partial<Row> = {}): Row => ({
	name,
	role: name === 'sluice' ? 'sluice' : 'peer',
	command: 'true',
	amount: {bytes: 1e9, unit: 'bytes'},
	samples,
	...more,
});

const absent = {name: 'none', absent: 'not looked for'};
const tools = {sluice: absent, rclone: absent, s5cmd: absent, aws: absent};

const withFolder = async <Result>(use: (folder: string) => Promise<Result>): Promise<Result> => {
	const folder = await mkdtemp(join(tmpdir(), 'sluice-runner-test-'));
	try {
		return await use(folder);
	} finally {
		await rm(folder, {recursive: true});
	}
};

const runContenders = async (contenders: readonly Contender[], rounds = 1, claims: Scenario['claims'] = []) =>
	withFolder(async directory =>
		runScenario(
			{name: 'trial', title: 'A trial', claims, setup: async () => ({amount: {objects: 10, unit: 'objects'}, contenders})},
			{rounds, kit: {directory, scaled: amount => amount, tools}, env: plainEnvironment(directory)},
		),
	);

test('the median of an odd and of an even number of rounds', t => {
	t.is(median([3, 1, 2]), 2);
	t.is(median([4, 1, 3, 2]), 2.5);
	t.is(median([7]), 7);
});

test('a spread has the extremes, and is unknown when a round is', t => {
	t.deepEqual(spread([3, 1, 2]), {median: 2, min: 1, max: 3});
	t.is(spread([]), undefined);
	t.is(spread([1, undefined]), undefined);
});

test('ratios are those of the medians, throughput the inverse of time', t => {
	const own = row('sluice', [sample(1), sample(2), sample(9)]);
	const other = row('rclone', [sample(4), sample(4), sample(1)]);

	t.is(ratio(own, other, 'throughput'), 2);
	t.is(ratio(own, other, 'cpu'), 0.5);
	t.is(ratio(own, row('rclone', [sample(4)], {failed: 'exit code 1'}), 'cpu'), undefined);
	t.is(fastest([own, other])?.name, 'sluice');
});

test('a claim is reached, missed, or not compared', t => {
	const rows = [row('sluice', [sample(1)]), row('rclone', [sample(2)]), row('s5cmd', [sample(1.25)])];
	const outcome = (claim: Parameters<typeof judge>[0], all = rows) => judge(claim, all).outcome;

	t.is(outcome({metric: 'throughput', atLeast: 1.8, against: ['rclone']}), 'reached');
	t.is(outcome({metric: 'throughput', atLeast: 1.8, against: ['rclone', 's5cmd']}), 'missed');
	t.is(outcome({metric: 'cpu', atMost: 0.5, against: ['rclone']}), 'reached');
	t.is(outcome({metric: 'memory', atMost: 110e6}), 'reached');
	t.is(outcome({metric: 'memory', atMost: 40e6}), 'missed');
	t.is(outcome({metric: 'cpu', atMost: 1, against: ['rclone', 'other']}), 'not compared');
	t.is(outcome({metric: 'memory', atMost: 110e6}, [row('sluice', [], {failed: 'exit code 1'})]), 'not compared');
	t.is(outcome({metric: 'memory', atMost: 110e6, subject: 'large'}), 'not compared');
});

test('a claim is stated from what is checked', t => {
	t.is(
		describeClaim({metric: 'cpu', atMost: 0.5, against: ['s5cmd', 'rclone']}),
		'sluice: at most 0.50× the CPU time of the fastest of s5cmd and rclone',
	);
	t.is(describeClaim({metric: 'memory', atMost: 110e6}), 'sluice: at most 110 MB of peak memory');
});

test('a table has medians with extremes, and words in place of numbers for what failed or is absent', t => {
	const lines = renderTable([
		row('sluice', [sample(1, 0.5), sample(2, 1), sample(4, 2)]),
		row('rclone', [sample(4, 4)]),
		row('s5cmd', [sample(1)], {failed: 'exit code 3: a | b'}),
		row('aws', [], {absent: 'not on PATH'}),
	]).split('\n');

	t.is(lines.length, 6);
	t.is(lines[2], '| **sluice** | 2.00 (1.00–4.00) | 500 (250–1,000) MB/s | 1.00 (0.50–2.00) | 1.07 s/GiB | 50 | 50 | 3 |  |');
	t.regex(lines[3]!, /2\.00× as fast, 0\.25× the CPU/);
	t.regex(lines[4]!, /^\| s5cmd \| FAILED: exit code 3: a \\\| b \|/);
	t.notRegex(lines[4]!, /MB\/s/);
	t.regex(lines[5]!, /^\| aws \| absent: not on PATH \|/);
	t.is(new Set(lines.map(line => line.replaceAll(String.raw`\|`, '').split('|').length)).size, 1);
});

test('the page names the machine, the versions and the scale', t => {
	const page = renderPage({
		date: '2026-01-02',
		machine: {cpu: 'A CPU', cores: 2, memory: '24 GiB', node: '26.0.0', kernel: 'Linux 6', load: '0.10'},
		rounds: 5,
		scale: 0.01,
		tools: [{name: 'rclone', version: 'rclone v1'}, absent],
		results: [{name: 'list', title: 'A list', rows: [], verdicts: [], notRun: 'needs Go'}],
	});

	for (const part of [
		'A CPU, 2 cores, 24 GiB',
		'- rclone: rclone v1',
		'- none: absent, not looked for',
		'scaled by 0.01',
		'Not run: needs Go',
	]) {
		t.true(page.includes(part), part);
	}
});

test('options have defaults, and refuse what is not a number', t => {
	t.like(parseOptions([]), {rounds: 5, scale: 1, long: false, write: false});
	t.true(parseOptions(['--only', 'copy']).only.test('copy-small'));
	t.throws(() => parseOptions(['--scale', 'small']), {message: /--scale/});
	t.throws(() => parseOptions(['--rounds', '0']), {message: /--rounds/});
});

test('CPU is that of every process of a pipeline', async t => {
	const spin = `${process.execPath} -e "const end = process.cpuUsage().user + 150_000; while (process.cpuUsage().user < end);"`;
	const {sample: measured, failed} = await withFolder(async directory =>
		measureCommand(`${spin} | ${spin}`, {directory, env: {...process.env} as Record<string, string>}),
	);

	t.is(failed, undefined);
	t.true(measured.cpuSeconds >= 0.3, String(measured.cpuSeconds));
	t.true(measured.seconds > 0);
});

const testLinux = process.platform === 'linux' ? test : test.skip;

testLinux('memory is the peak of the largest process, and of all together (needs /proc)', async t => {
	const hold = `${process.execPath} -e "globalThis.held = Buffer.alloc(100_000_000, 1); setTimeout(() => {}, 200)"`;
	const {sample: measured} = await withFolder(async directory => measureCommand(`${hold} | ${hold}`, {directory, env: {}}));

	t.true(measured.peakBytes! > 100e6 && measured.peakBytes! < 200e6, String(measured.peakBytes));
	t.true(measured.treePeakBytes! > 200e6, String(measured.treePeakBytes));
});

test('a command that outlives its time is ended, its children too', async t => {
	const {failed} = await withFolder(async directory =>
		measureCommand('sleep 60 | sleep 60', {directory, env: {...process.env} as Record<string, string>, timeoutMilliseconds: 100}),
	);

	t.is(failed, 'not done after 0.1 s');
});

test('a scenario runs its contenders in turn and fails only the rows that fail', async t => {
	const order: string[] = [];
	const contender = (name: string, command: string, more: Partial<Contender> = {}): Contender => ({
		name,
		role: 'peer',
		command,
		async prepare() {
			order.push(name);
		},
		...more,
	});
	const result = await runContenders(
		[
			contender('true', 'true', {role: 'sluice'}),
			contender('exit', "sh -c 'echo went wrong >&2; exit 3'"),
			contender('middle', 'false | true'),
			contender('wrong', 'echo text', {verify: async output => `${(await readFile(output, 'utf8')).trim()} is wrong`}),
			contender('slow', 'true', {maxRounds: 1}),
			contender('missing', 'true', {absent: 'not there'}),
		],
		3,
		[{metric: 'cpu', atMost: 1, against: ['exit'], subject: 'true'}],
	);
	const rows = Object.fromEntries(result.rows.map(each => [each.name, each]));

	t.deepEqual(order, ['true', 'exit', 'middle', 'wrong', 'slow', 'true', 'true']);
	t.is(rows.true!.samples.length, 3);
	t.is(rows.slow!.samples.length, 1);
	t.is(rows.exit!.failed, 'exit code 3: went wrong');
	t.is(rows.middle!.failed, 'exit code 1');
	t.is(rows.wrong!.failed, 'text is wrong');
	t.is(rows.missing!.absent, 'not there');
	t.is(result.verdicts[0]!.outcome, 'not compared');
	t.regex(renderResult(result), /FAILED: exit code 3: went wrong/);
	t.true(rows.true!.samples.every(({seconds, cpuSeconds}) => seconds >= 0 && cpuSeconds >= 0));
});

test('a scenario that cannot be set up is reported, not thrown', async t => {
	const result = await withFolder(async directory =>
		runScenario(
			{
				name: 'trial',
				title: 'A trial',
				claims: [{metric: 'memory', atMost: 1}],
				async setup() {
					throw new Error('needs Go');
				},
			},
			{rounds: 1, kit: {directory, scaled: amount => amount, tools}, env: {}},
		),
	);

	t.is(result.notRun, 'needs Go');
	t.is(result.verdicts[0]!.outcome, 'not compared');
});
