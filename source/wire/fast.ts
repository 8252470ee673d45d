/*
A pool of kept-alive connections to one origin.
*/
import {cancelled, SluiceError} from '../contract/errors.ts';
import {Connection} from './connection.ts';
import {dial} from './dial.ts';
import {parseOrigin} from './origin.ts';
import {isRepeatable} from './request-head.ts';
import {createSecureContext} from './tls.ts';
import {defaultTimeouts, type Transport, type TransportOptions, type WireAnswer, type WireRequest} from './transport.ts';

interface Waiter {
	readonly signal: AbortSignal | undefined;
	readonly wake: (connection: Connection | Promise<Connection>) => void;
}

export const createFastTransport = (options: TransportOptions): Transport => {
	const origin = parseOrigin(options.origin);
	const timeouts = {...defaultTimeouts, ...options.timeouts};
	const limit = options.connections ?? 64;
	const keepAlive = options.keepAliveMilliseconds ?? 15_000;
	const secureContext = origin.secure ? createSecureContext(options.tls) : undefined;
	const rejectUnauthorized = options.tls?.insecureSkipVerify !== true;
	const open = new Set<Connection>();
	const busy = new Set<Connection>();
	const idle: Connection[] = [];
	const waiters: Waiter[] = [];
	let opening = 0;
	let sweeper: NodeJS.Timeout | undefined;
	let floorTimer: NodeJS.Timeout | undefined;
	let closing = false;

	const sweep = (): void => {
		const oldest = performance.now() - keepAlive;
		while (idle[0] && (closing || idle[0].idleSince <= oldest)) {
			idle.shift()!.destroy();
		}

		if (idle.length === 0) {
			clearInterval(sweeper);
			sweeper = undefined;
		}
	};

	const connect = async (signal?: AbortSignal): Promise<Connection> => {
		opening++;
		const connection = new Connection(origin.host, timeouts, () => {
			open.delete(connection);
			const place = idle.indexOf(connection);
			if (place !== -1) {
				idle.splice(place, 1);
			}

			admit();
		});

		try {
			const {lookup} = options;
			await dial(connection, {origin, milliseconds: timeouts.connect, lookup, secureContext, rejectUnauthorized, signal});
			open.add(connection);
			return connection;
		} finally {
			opening--;
			if (!open.has(connection)) {
				admit();
			}
		}
	};

	/** An idle connection, the one used last. */
	const takeIdle = (): Connection | undefined => {
		for (;;) {
			const connection = idle.pop();
			if (!connection?.closed) {
				return connection;
			}
		}
	};

	/** Gives the requests that wait what there is for them, in their order. */
	const admit = (): void => {
		while (waiters.length > 0) {
			const connection = takeIdle();
			if (!connection && open.size + opening >= limit) {
				return;
			}

			const {signal, wake} = waiters.shift()!;
			wake(connection ?? connect(signal));
		}
	};

	const wait = (signal?: AbortSignal): Promise<Connection> =>
		new Promise((resolve, reject) => {
			const onAbort = (): void => {
				waiters.splice(waiters.indexOf(waiter), 1);
				reject(cancelled(signal!));
			};

			const waiter: Waiter = {
				signal,
				wake(connection) {
					signal?.removeEventListener('abort', onAbort);
					resolve(connection);
				},
			};
			waiters.push(waiter);
			signal?.addEventListener('abort', onAbort, {once: true});
		});

	const acquire = (fresh: boolean, signal?: AbortSignal): Connection | Promise<Connection> => {
		const connection = fresh ? undefined : takeIdle();
		if (connection) {
			return connection;
		}

		if (open.size + opening < limit) {
			return connect(signal);
		}

		if (fresh) {
			idle.shift()?.destroy();
		}

		return wait(signal);
	};

	const release = (connection: Connection): void => {
		busy.delete(connection);
		if (busy.size === 0) {
			clearInterval(floorTimer);
			floorTimer = undefined;
		}

		if (connection.closed || closing) {
			connection.destroy();
			return;
		}

		const waiter = waiters.shift();
		if (waiter) {
			waiter.wake(connection);
			return;
		}

		connection.hold(false);
		connection.idleSince = performance.now();
		idle.push(connection);
		sweeper ??= setInterval(sweep, Math.max(keepAlive / 4, 10)).unref();
	};

	const exchange = async (connection: Connection, request: WireRequest): Promise<WireAnswer> => {
		connection.hold(true);
		busy.add(connection);
		if (timeouts.floor > 0) {
			floorTimer ??= setInterval(() => {
				for (const one of busy) {
					one.checkFloor();
				}
			}, timeouts.floor).unref();
		}

		try {
			return await connection.exchange(request);
		} finally {
			release(connection);
		}
	};

	return {
		async request(request) {
			const {signal} = request;
			if (signal?.aborted) {
				throw cancelled(signal);
			}

			const connection = await acquire(false, signal);
			const reused = connection.exchanges > 0;
			try {
				return await exchange(connection, request);
			} catch (error) {
				// The server closed a kept-alive connection just as the request was on its way.
				const stale = reused && connection.lostUnanswered && error instanceof SluiceError && error.code === 'CONNECTION_LOST';
				if (!stale || !isRepeatable(request) || signal?.aborted) {
					throw error;
				}
			}

			return exchange(await acquire(true, signal), request);
		},
		get connections() {
			return open.size + opening;
		},
		async close() {
			closing = true;
			sweep();
		},
	};
};
