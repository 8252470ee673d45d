import {onAbort} from '../../utils/on-abort.ts';

/** How long a request that the server may already be carrying out goes on after the call was aborted, in milliseconds. */
const graceMilliseconds = 1000;

/**
Runs work whose outcome should be known even when the call is aborted: an object may have become visible, or an upload been begun that nobody could remove without its name.

@param work - Gets a signal that follows the given one a second later.
@param canStop - Whether the work can still be undone by stopping it; then it is stopped at once. Default: never.
*/
export const withGrace = async <T>(
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal | undefined) => Promise<T>,
	canStop: () => boolean = () => false,
): Promise<T> => {
	if (signal === undefined || signal.aborted) {
		return work(signal);
	}

	const late = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	const stop = (): void => late.abort(signal.reason);
	const unfollow = onAbort(signal, () => {
		if (canStop()) {
			stop();
		} else {
			timer = setTimeout(stop, graceMilliseconds);
		}
	});
	try {
		return await work(late.signal);
	} finally {
		unfollow();
		clearTimeout(timer);
	}
};
