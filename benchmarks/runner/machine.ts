import {cpus, loadavg, release, totalmem, type} from 'node:os';
import process from 'node:process';
import {size} from './format.ts';

export type Machine = {
	readonly cpu: string;
	readonly cores: number;
	readonly memory: string;
	readonly node: string;
	readonly kernel: string;
	/** Of the last minute: figures from a busy machine mean little. */
	readonly load: string;
};

export const describeMachine = (): Machine => ({
	cpu: cpus()[0]?.model ?? 'unknown CPU',
	cores: cpus().length,
	memory: size(totalmem()),
	node: process.versions.node,
	kernel: `${type()} ${release()}`,
	load: loadavg()[0]!.toFixed(2),
});
