import type {Server} from 'node:http';
import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';

/** The connections of a server: counted, numbered, and destroyed when it closes. */
export class Sockets {
	accepted = 0;
	readonly #open = new Set<Socket>();
	readonly #numbers = new WeakMap<Socket, number>();
	/** The TCP socket under each TLS one: only that can be reset. */
	readonly #under = new WeakMap<Socket, Socket>();

	track(server: Server): void {
		const byPort = new Map<number, Socket>();

		server.on('connection', (socket: Socket) => {
			this.#open.add(socket);
			this.#numbers.set(socket, ++this.accepted);
			const {remotePort = 0} = socket;
			byPort.set(remotePort, socket);
			socket.on('error', () => {});
			socket.on('close', () => {
				this.#open.delete(socket);
				byPort.delete(remotePort);
			});
		});

		server.on('secureConnection', (socket: TLSSocket) => {
			const under = byPort.get(socket.remotePort ?? 0);
			socket.on('error', () => {});

			if (under) {
				this.#under.set(socket, under);
			}
		});
	}

	get open(): number {
		return this.#open.size;
	}

	numberOf(socket: Socket): number {
		return this.#numbers.get(this.#under.get(socket) ?? socket) ?? 0;
	}

	/** RST: the other side loses what it has not read and sees ECONNRESET. */
	reset(socket: Socket): void {
		const under = this.#under.get(socket) ?? socket;

		if (!under.destroyed) {
			under.resetAndDestroy();
		}

		socket.destroy();
	}

	destroyAll(): void {
		for (const socket of this.#open) {
			socket.destroy();
		}

		this.#open.clear();
	}
}
