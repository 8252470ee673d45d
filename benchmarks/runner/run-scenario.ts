import {mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {judge} from './claims.ts';
import {measureCommand} from './measure.ts';
import type {Contender, Kit, Result, Row, Sample, Scenario, Stage} from './types.ts';

export type RunOptions = {
	readonly rounds: number;
	readonly kit: Kit;
	/** The whole environment of contenders, but for what each adds. */
	readonly env: Readonly<Record<string, string>>;
	readonly report?: (line: string) => void;
	readonly signal?: AbortSignal;
};

const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type State = {readonly contender: Contender; readonly samples: Sample[]; failed?: string};

const runOnce = async (state: State, directory: string, {env, signal}: RunOptions): Promise<void> => {
	const {contender, samples} = state;
	try {
		await contender.prepare?.();
		const {sample, failed} = await measureCommand(contender.command, {directory, env: {...env, ...contender.env}, signal});
		const wrong = failed ?? (await contender.verify?.(join(directory, 'output')));
		if (wrong === undefined) {
			samples.push(sample);
		} else {
			state.failed = wrong;
		}
	} catch (error) {
		signal?.throwIfAborted();
		state.failed = describeError(error);
	}
};

const describeRun = ({contender: {name}, samples, failed}: State, round: number): string => {
	const last = samples.at(-1);
	return failed === undefined && last
		? `  round ${round}: ${name}: ${last.seconds.toFixed(2)} s, ${last.cpuSeconds.toFixed(2)} s of CPU`
		: `  round ${round}: ${name}: FAILED: ${failed}`;
};

/**
Runs the contenders of a stage in turn, round after round, so that a slow minute of the machine hits all of them alike.

One that fails is not run again, and has no number.
*/
const runRounds = async (stage: Stage, options: RunOptions): Promise<Row[]> => {
	const directory = await mkdtemp(join(options.kit.directory, 'run-'));
	const states = stage.contenders.map((contender): State => ({contender, samples: []}));
	try {
		for (let round = 1; round <= options.rounds; round++) {
			for (const state of states) {
				const {absent, maxRounds = options.rounds} = state.contender;
				if (absent === undefined && state.failed === undefined && round <= maxRounds) {
					await runOnce(state, directory, options);
					options.report?.(describeRun(state, round));
				}
			}
		}
	} finally {
		await rm(directory, {recursive: true, force: true});
	}

	return states.map(({contender: {name, role, command, absent, amount = stage.amount}, samples, failed}) => ({
		name,
		role,
		command,
		amount,
		absent,
		failed,
		samples,
	}));
};

/** Sets a scenario up, runs it and holds its claims against what was measured. Never throws for a failed contender or a missed claim. */
export const runScenario = async (scenario: Scenario, options: RunOptions): Promise<Result> => {
	const {name, title, claims} = scenario;
	options.report?.(`${name}: ${title}`);
	let stage: Stage | undefined;
	try {
		stage = await scenario.setup(options.kit);
		const rows = await runRounds(stage, options);
		return {name, title, rows, verdicts: claims.map(claim => judge(claim, rows))};
	} catch (error) {
		options.signal?.throwIfAborted();
		return {name, title, rows: [], verdicts: claims.map(claim => judge(claim, [])), notRun: describeError(error)};
	} finally {
		await stage?.dispose?.();
	}
};
