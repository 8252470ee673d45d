import {SluiceError} from '../contract/errors.ts';
import type {WireTimeouts} from './transport.ts';

/** Measures what a server sends against the floor, window by window. */
export class FloorMeter {
	/** Bytes of the present window. */
	bytes = 0;
	/** For how long the caller has held chunks in the present window. */
	lentMilliseconds = 0;

	readonly #timeouts: WireTimeouts;
	#answer: unknown;

	constructor(timeouts: WireTimeouts) {
		this.#timeouts = timeouts;
	}

	/**
	Ends a window. One in which the answer began, or in which the caller was the slow side, proves nothing.

	@param answer - The one under way, if somebody waits for every byte of it.
	@returns Whether it was too slow.
	*/
	isBelow(answer: object | undefined, callerIsSlow: boolean): boolean {
		const {floor, floorBytes} = this.#timeouts;
		const isWhole = answer !== undefined && answer === this.#answer && !callerIsSlow && this.lentMilliseconds < floor / 2;
		const isSlow = this.bytes < (floorBytes * floor) / 1000;
		this.#answer = answer;
		this.bytes = 0;
		this.lentMilliseconds = 0;
		return isWhole && isSlow;
	}
}

export const toFloorError = (host: string, {floor, floorBytes}: WireTimeouts): SluiceError =>
	new SluiceError('TIMEOUT', `${host} sent fewer than ${floorBytes} bytes a second for ${floor / 1000} s`);
