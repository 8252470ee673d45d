import process from 'node:process';
import {count, formatBytes, formatRate, formatSeconds} from './format.ts';

const redrawMilliseconds = 100;
const clearLine = '\r\u001B[2K';

/**
What has been moved so far, and the one line on standard error that shows it: redrawn ten times a second, on a terminal only, gone after `stop`.
*/
export class Progress {
	/** Whether the line is drawn. */
	readonly isShown: boolean;
	#bytes = 0;
	#objects = 0;
	#total: number | undefined;
	#start = performance.now();
	#timer: NodeJS.Timeout | undefined;

	constructor(isQuiet: boolean) {
		this.isShown = process.stderr.isTTY === true && !isQuiet;
	}

	/** Seconds since the start. */
	get seconds(): number {
		return (performance.now() - this.#start) / 1000;
	}

	/** @param total - Expected size in bytes, when it is known. */
	start(total?: number): void {
		this.#total = total;
		this.#start = performance.now();
		if (this.isShown) {
			this.#timer = setInterval(() => process.stderr.write(clearLine + this.#line()), redrawMilliseconds);
			this.#timer.unref();
		}
	}

	add(bytes: number): void {
		this.#bytes += bytes;
	}

	addObject(): void {
		this.#objects++;
	}

	/** Takes the line out of the way of other text, until it is drawn again. */
	clear(): void {
		if (this.#timer !== undefined) {
			process.stderr.write(clearLine);
		}
	}

	stop(): void {
		this.clear();
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#line(): string {
		const bytes = this.#bytes;
		const total = this.#total;
		const parts = [formatBytes(bytes) + (total === undefined ? '' : ` of ${formatBytes(total)}`), formatRate(bytes, this.seconds)];
		if (total !== undefined && bytes > 0 && bytes < total) {
			parts.push(`${formatSeconds(((total - bytes) / bytes) * this.seconds)} left`);
		}

		if (this.#objects > 0) {
			parts.push(count(this.#objects, 'object'));
		}

		return parts.join(', ').slice(0, (process.stderr.columns || 80) - 1);
	}
}
