import {readdirSync, readFileSync} from 'node:fs';

const read = (path: string): string => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// The process, or the whole of /proc, is not there.
		return '';
	}
};

const threads = (pid: number): string[] => {
	try {
		return readdirSync(`/proc/${pid}/task`);
	} catch {
		return [];
	}
};

const children = (pid: number): number[] =>
	threads(pid).flatMap(thread => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number));

/** Every process below this one, itself not included. Empty where there is no /proc. */
export const descendants = (pid: number): number[] => children(pid).flatMap(child => [child, ...descendants(child)]);

const peakOf = (pid: number): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

/**
Watches the memory of a process tree.

The kernel keeps each process's high-water mark, so a poll can only miss what a process grew in its last few milliseconds. The root is the shell that measures, and is left out.
*/
export const watchMemory = (root: number, intervalMilliseconds = 20) => {
	const peaks = new Map<number, number>();
	const look = () => {
		for (const pid of descendants(root)) {
			peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
		}
	};

	const timer = setInterval(look, intervalMilliseconds);
	look();

	/** Ends the watch; undefined where nothing could be seen. */
	return (): {peakBytes?: number; treePeakBytes?: number} => {
		clearInterval(timer);
		const values = [...peaks.values()].filter(value => value > 0);
		return values.length === 0 ? {} : {peakBytes: Math.max(...values), treePeakBytes: values.reduce((total, value) => total + value, 0)};
	};
};
