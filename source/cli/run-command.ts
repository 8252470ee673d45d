import {open} from '../index.ts';
import type {Context, GlobalOptions} from './context.ts';
import {Output} from './output.ts';
import {Report} from './report.ts';
import {listenToSignals} from './signals.ts';

/**
Runs a command: opens the configuration, does the work, closes all buckets.

@returns The exit code.
*/
export const runCommand = async (run: (context: Context) => Promise<void>, options: GlobalOptions): Promise<number> => {
	const {config, memory, partSize, concurrency} = options;
	const signals = listenToSignals();
	const {signal} = signals;
	const report = new Report(options);
	const output = new Output(signal);
	try {
		await using sluice = await open(config, {memory, onRetry: ({error, pauseMilliseconds}) => report.retry(error, pauseMilliseconds)});
		await run({sluice, output, report, signal, transfer: {partSize, concurrency, signal}});
	} catch (error) {
		if (signal.aborted) {
			report.interrupted(error);
		} else if (!output.isBroken) {
			report.fail(error);
		}
	} finally {
		report.progress.stop();
		signals.close();
	}

	return signals.exitCode ?? report.exitCode;
};
