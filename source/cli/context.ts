import type {Sluice} from '../index.ts';
import type {Output} from './output.ts';
import type {Report} from './report.ts';

/** Options that every command takes. */
export interface GlobalOptions {
	readonly config?: string;
	readonly quiet?: boolean;
	readonly verbose?: boolean;
	/** Bytes. */
	readonly partSize?: number;
	readonly concurrency?: number;
	/** Bytes. */
	readonly memory?: number;
}

/** What a command works with. */
export interface Context {
	readonly sluice: Sluice;
	readonly output: Output;
	/** Standard error. What fails there with one object of many makes the exit code 1. */
	readonly report: Report;
	readonly signal: AbortSignal;
	/** Sizes and limits of transfers. */
	readonly transfer: {readonly partSize?: number; readonly concurrency?: number; readonly signal: AbortSignal};
}

/** What a file in `commands` exports as `run`. */
export type Run<Options = object> = (context: Context, args: readonly string[], options: Options) => Promise<void>;
