import process from 'node:process';
import {SluiceError} from '../index.ts';
import {escapeControls} from '../utils/escape-controls.ts';
import {describeError} from './describe-error.ts';
import {Progress} from './progress.ts';

export interface ReportOptions {
	readonly quiet?: boolean;
	readonly verbose?: boolean;
}

const usageCodes = new Set(['INVALID_ARGUMENT', 'INVALID_CONFIG']);

/** All that a command says on standard error, and the exit code that it comes to. */
export class Report {
	/** 0; 1 when an object failed, 2 when the call or the configuration was wrong. */
	exitCode = 0;
	readonly progress: Progress;
	readonly #quiet: boolean;
	readonly #verbose: boolean;

	constructor({quiet = false, verbose = false}: ReportOptions) {
		this.#quiet = quiet;
		this.#verbose = verbose;
		this.progress = new Progress(quiet);
	}

	/** A line about what was done. */
	tell(line: string): void {
		if (!this.#quiet) {
			this.#write(`${escapeControls(line)}\n`);
		}
	}

	/** What went wrong: with an object of many, or at all. */
	fail(error: unknown): void {
		this.exitCode = error instanceof SluiceError && usageCodes.has(error.code) ? 2 : 1;
		this.#write(describeError(error, this.#verbose));
	}

	/** A failure that is tried again. */
	retry(error: SluiceError, pauseMilliseconds: number): void {
		if (this.#verbose) {
			this.#write(`${escapeControls(`trying again in ${Math.round(pauseMilliseconds)} ms: ${error.message} [${error.code}]`)}\n`);
		}
	}

	/** The end by a signal. What could not be cleaned up is told. */
	interrupted(error: unknown): void {
		const hasLeftover = error instanceof SluiceError && error.leftover !== undefined;
		this.#write(hasLeftover ? describeError(error, this.#verbose) : 'sluice: interrupted\n');
	}

	#write(text: string): void {
		this.progress.clear();
		process.stderr.write(text);
	}
}
