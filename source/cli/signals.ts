import {constants} from 'node:os';
import process from 'node:process';

const graceMilliseconds = 5000;

/** What `listenToSignals` gives. */
export interface Signals {
	/** Aborted by the first SIGINT or SIGTERM. */
	readonly signal: AbortSignal;
	/** 130 or 143 once a signal came. */
	readonly exitCode: number | undefined;
	/** Stops listening. */
	close(): void;
}

/**
Turns SIGINT and SIGTERM into an abort. The work has five seconds to settle and clean up, then the process ends; a second signal ends it at once.
*/
export const listenToSignals = (): Signals => {
	const controller = new AbortController();
	let exitCode: number | undefined;

	const onSignal = (name: 'SIGINT' | 'SIGTERM') => {
		const code = 128 + constants.signals[name];
		if (exitCode !== undefined) {
			process.exit(code);
		}

		exitCode = code;
		process.exitCode = code; // Should the work stop short without an end, this is still why.
		setTimeout(() => process.exit(code), graceMilliseconds).unref();
		controller.abort(new Error(`Ended by ${name}`));
	};

	process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
	return {
		signal: controller.signal,
		get exitCode() {
			return exitCode;
		},
		close() {
			process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
		},
	};
};
