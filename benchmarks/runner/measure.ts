import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {text} from 'node:stream/consumers';
import {descendants, watchMemory} from './process-tree.ts';
import type {Sample} from './types.ts';

export type Measured = {readonly sample: Sample; readonly failed?: string};

export type MeasureOptions = {
	/** Takes the standard output and error of the contender: `output` and `errors`. */
	readonly directory: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly timeoutMilliseconds?: number;
	readonly signal?: AbortSignal;
};

// bash waits for every process of the pipeline, so its `time` knows what all of them took, as wait4 tells it. The time goes to
// descriptor 3; the contender gets neither 3 nor 4.
const timed = (command: string): string => `set -o pipefail; TIMEFORMAT='%R %U %S'; { time { ${command}\n} 2>&4 3>&- 4>&-; } 4>&2 2>&3`;

// What a program says when it fails: the last line that names an error, else the last.
const complaint = (file: string): string => {
	const lines = readFileSync(file, 'utf8').trim().split('\n');
	return (lines.findLast(line => /error|fail/i.test(line) && !/^\s+at /.test(line)) ?? lines.at(-1)!).trim().slice(0, 200);
};

const stop = (pid: number): void => {
	for (const process_ of [...descendants(pid), pid]) {
		try {
			process.kill(process_, 'SIGKILL');
		} catch {
			// It has ended by itself.
		}
	}
};

/**
Runs one line of bash and measures its whole process tree.

@returns What it took, and why that does not count when it failed. Standard output and error stay in files, so that reading them costs the contender nothing.
*/
export const measureCommand = async (
	command: string,
	{directory, env, timeoutMilliseconds = 1_800_000, signal}: MeasureOptions,
): Promise<Measured> => {
	const errorFile = join(directory, 'errors');
	const output = openSync(join(directory, 'output'), 'w');
	const errors = openSync(errorFile, 'w');
	const child = spawn('bash', ['-c', timed(command)], {stdio: ['ignore', output, errors, 'pipe'], env});
	closeSync(output);
	closeSync(errors);
	const times = text(child.stdio[3] as Readable);
	const exit = once(child, 'exit');
	// A bash that could not be started rejects here and has no pid.
	const finishWatch = child.pid === undefined ? undefined : watchMemory(child.pid);
	const limit = AbortSignal.any([AbortSignal.timeout(timeoutMilliseconds), ...(signal ? [signal] : [])]);
	const onLimit = () => stop(child.pid!);
	limit.addEventListener('abort', onLimit);

	try {
		const [code, killedBy] = (await exit) as [number | null, string | null];
		const [seconds = Number.NaN, user = Number.NaN, system = Number.NaN] = (await times).trim().split(' ').map(Number);
		const sample = {seconds, cpuSeconds: user + system, ...finishWatch?.()};
		signal?.throwIfAborted();
		if (limit.aborted) {
			return {sample, failed: `not done after ${timeoutMilliseconds / 1000} s`};
		}

		return code === 0 ? {sample} : {sample, failed: `exit code ${code ?? killedBy}: ${complaint(errorFile)}`.replace(/: $/, '')};
	} finally {
		limit.removeEventListener('abort', onLimit);
		finishWatch?.();
	}
};
