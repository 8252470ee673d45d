import {readFile} from 'node:fs/promises';
import type {Socket} from 'node:net';
import {setTimeout} from 'node:timers/promises';

const UNSENT_LIMIT_MILLISECONDS = 10_000;
const UNREAD_LIMIT_MILLISECONDS = 500;

const port = (address: string | undefined): number => Number.parseInt(address?.split(':')[1] ?? '0', 16);

/** Bytes the kernel has on the way from one local port to another, on either side of the connection. */
const inFlight = (table: string, from: number, to: number): {unsent: number; unread: number} => {
	const queues = {unsent: 0, unread: 0};

	for (const line of table.split('\n').slice(1)) {
		const [, local, remote, , bytes = '0:0'] = line.trim().split(/\s+/);
		const [sending, receiving] = bytes.split(':');

		if (port(local) === from && port(remote) === to) {
			queues.unsent = Number.parseInt(sending!, 16);
		} else if (port(local) === to && port(remote) === from) {
			queues.unread = Number.parseInt(receiving!, 16);
		}
	}

	return queues;
};

/**
Waits until the client, on this machine too, holds every byte written to the socket: acknowledged first, then (for half a second at most, as it may not want to read) taken out of its kernel's queue. Without `/proc/net/tcp` it waits 50 ms and hopes.
*/
export const waitUntilReceived = async (socket: Socket): Promise<void> => {
	const {localPort = 0, remotePort = 0} = socket;
	const begun = performance.now();

	while (!socket.destroyed) {
		const table = await readFile('/proc/net/tcp', 'utf8').catch(() => undefined);

		if (table === undefined) {
			await setTimeout(50);
			return;
		}

		const {unsent, unread} = inFlight(table, localPort, remotePort);
		const waited = performance.now() - begun;

		if ((unsent === 0 && (unread === 0 || waited > UNREAD_LIMIT_MILLISECONDS)) || waited > UNSENT_LIMIT_MILLISECONDS) {
			break;
		}

		await setTimeout(1);
	}

	// What the client's kernel gave out, its stream still has to hand on.
	await setTimeout(5);
};
