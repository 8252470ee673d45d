/*
A pool of kept-alive connections to one origin.
*/
import tls from 'node:tls';
import {cancelled, SluiceError} from '../contract/errors.ts';
import {Connection} from './connection.ts';
import {dial} from './dial.ts';
import {parseOrigin} from './origin.ts';
import {tlsSettings} from './tls.ts';
import {defaultTimeouts, type Transport, type TransportOptions, type WireAnswer, type WireRequest} from './transport.ts';

interface Waiter {
	readonly wake: (connection: Connection | undefined) => void;
}

/** A request that a server may receive twice. The wire repeats no other. */
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export const createFastTransport = (options: TransportOptions): Transport => {
	const origin = parseOrigin(options.origin);
	const timeouts = {...defaultTimeouts, ...options.timeouts};
	const limit = options.connections ?? 64;
	const keepAlive = options.keepAliveMilliseconds ?? 15_000;
	const {rejectUnauthorized, ...context} = tlsSettings(options.tls);
	const open = new Set<Connection>();
	const busy = new Set<Connection>();
	const idle: Connection[] = [];
	const waiters: Waiter[] = [];
	let opening = 0;
	let secureContext: tls.SecureContext | undefined;
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
			secureContext ??= origin.secure ? tls.createSecureContext(context) : undefined;
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

	/** Lets the next request go on that waits for a connection. */
	const admit = (): void => {
		while (waiters.length > 0) {
			const connection = idle.pop();
			if (!connection && open.size + opening >= limit) {
				return;
			}

			if (!connection?.closed) {
				waiters.shift()!.wake(connection);
				return;
			}
		}
	};

	const wait = (signal?: AbortSignal): Promise<Connection | undefined> =>
		new Promise((resolve, reject) => {
			const onAbort = (): void => {
				waiters.splice(waiters.indexOf(waiter), 1);
				reject(cancelled(signal!));
			};

			const waiter: Waiter = {
				wake(connection) {
					signal?.removeEventListener('abort', onAbort);
					resolve(connection);
				},
			};
			waiters.push(waiter);
			signal?.addEventListener('abort', onAbort, {once: true});
		});

	const acquire = async (fresh: boolean, signal?: AbortSignal): Promise<Connection> => {
		for (;;) {
			const connection = fresh ? undefined : idle.pop();
			if (connection && !connection.closed) {
				return connection;
			}

			if (!connection) {
				if (fresh && open.size + opening >= limit) {
					idle.shift()?.destroy();
				}

				if (open.size + opening < limit) {
					return connect(signal);
				}

				const given = await wait(signal);
				if (given) {
					return given;
				}
			}
		}
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
				const stale = reused && !connection.answered && error instanceof SluiceError && error.code === 'CONNECTION_LOST';
				if (!stale || !repeatable.has(request.method)) {
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
