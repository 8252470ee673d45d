/**
Calls the listener when the signal is aborted, at once when it is already.

@returns Takes the listener off again: a signal that lives long must not collect them.
*/
export const onAbort = (signal: AbortSignal | undefined, listener: () => unknown): (() => void) => {
	if (signal?.aborted) {
		listener();
		return () => {};
	}

	signal?.addEventListener('abort', listener, {once: true});
	return () => signal?.removeEventListener('abort', listener);
};
