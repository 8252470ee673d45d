/*
A scripted server on loopback: a test gives a function that talks to each connection byte by byte.
*/
import {Buffer} from 'node:buffer';
import {once} from 'node:events';
import net, {type AddressInfo, type Socket} from 'node:net';
import {setImmediate as turn} from 'node:timers/promises';
import tls from 'node:tls';

export interface RawRequest {
	readonly method: string;
	readonly path: string;
	/** Request line and headers as they came, without the empty line. */
	readonly head: string;
	readonly body: Buffer;
}

/** The peer has gone, or was sent away: ends a script quietly. */
class Gone extends Error {}

const join = (text: string | Uint8Array): Buffer => (typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text));

export class RawConnection {
	/** How many came before it. */
	readonly number: number;
	readonly socket: Socket;
	/** The TCP socket: under TLS another one. */
	readonly under: Socket;
	/** Bytes taken so far. */
	receivedLength = 0;

	readonly #server: RawServer;
	#received: Buffer = Buffer.alloc(0);

	constructor(number: number, socket: Socket, under: Socket, server: RawServer) {
		this.number = number;
		this.socket = socket;
		this.under = under;
		this.#server = server;
	}

	/** The next request, with its whole body; recorded in `server.requests`. */
	async request(): Promise<RawRequest> {
		const {method, path, head} = await this.head();
		const size = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
		const request = {method, path, head, body: await this.read(size)};
		this.#server.requests.push(request);
		return request;
	}

	/** The head of the next request. */
	async head(): Promise<Omit<RawRequest, 'body'>> {
		let end = this.#received.indexOf('\r\n\r\n');
		while (end === -1) {
			await this.#more();
			end = this.#received.indexOf('\r\n\r\n');
		}

		const head = this.#take(end + 4).toString('latin1', 0, end);
		const [method = '', path = ''] = head.split(' ');
		return {method, path, head};
	}

	/** Takes so many bytes. */
	async read(length: number): Promise<Buffer> {
		const chunks: Buffer[] = [];
		let left = length;
		while (left > 0) {
			if (this.#received.length === 0) {
				await this.#more();
			}

			const chunk = this.#take(Math.min(left, this.#received.length));
			left -= chunk.length;
			chunks.push(chunk);
		}

		return Buffer.concat(chunks);
	}

	/** Takes what comes until the client ends. @returns How many bytes. */
	async drain(): Promise<number> {
		try {
			for (;;) {
				this.#received = Buffer.alloc(0);
				await this.#more();
			}
		} catch {
			return this.receivedLength;
		}
	}

	/** Sends pieces one by one: each is read by a client in this process before the next is written. */
	async send(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
		for (const piece of pieces) {
			if (this.socket.destroyed) {
				throw new Gone();
			}

			await new Promise<void>((resolve, reject) => {
				const onClose = () => reject(new Gone());
				this.socket.once('close', onClose);
				this.socket.write(join(piece), error => {
					this.socket.off('close', onClose);
					if (error) {
						reject(new Gone());
					} else {
						resolve();
					}
				});
			});
			await turn();
			await turn();
		}
	}

	/** FIN, once all is sent. */
	end(): void {
		this.socket.end();
	}

	/** RST. After `end` only the rest of it: Node.js loses a socket that is reset while its FIN is on the way. */
	reset(): void {
		if (!this.socket.writableEnded) {
			this.under.resetAndDestroy();
		}

		this.socket.destroy();
	}

	#take(length: number): Buffer {
		const taken = this.#received.subarray(0, length);
		this.#received = this.#received.subarray(length);
		return taken;
	}

	async #more(): Promise<void> {
		for (;;) {
			const chunk = this.socket.read() as Buffer | null;
			if (chunk) {
				this.receivedLength += chunk.length;
				this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
				return;
			}

			if (this.socket.readableEnded || this.socket.destroyed) {
				throw new Gone();
			}

			await new Promise<void>(resolve => {
				const done = (): void => {
					for (const event of ['readable', 'end', 'close']) {
						this.socket.off(event, done);
					}

					resolve();
				};

				for (const event of ['readable', 'end', 'close']) {
					this.socket.on(event, done);
				}
			});
		}
	}
}

export type Talk = (connection: RawConnection, server: RawServer) => void | Promise<void>;

export interface RawOptions {
	/** Speaks TLS with this certificate. */
	readonly tls?: {readonly cert: string; readonly key: string};
	readonly port?: number;
}

export class RawServer {
	readonly requests: RawRequest[] = [];
	/** Connections that ever were. */
	accepted = 0;
	/** Errors thrown by the script itself. */
	readonly failures: unknown[] = [];

	readonly #open = new Set<Socket>();
	readonly #server: net.Server;
	readonly #secure: boolean;

	constructor(talk: Talk, {tls: settings}: RawOptions = {}) {
		this.#secure = settings !== undefined;
		const secureContext = settings && tls.createSecureContext(settings);
		this.#server = net.createServer({noDelay: true, allowHalfOpen: true}, async under => {
			this.#open.add(under);
			under.on('error', () => {});
			under.on('close', () => this.#open.delete(under));
			const socket = secureContext ? new tls.TLSSocket(under, {isServer: true, secureContext}) : under;
			socket.on('error', () => {});
			const connection = new RawConnection(this.accepted++, socket, under, this);
			try {
				await talk(connection, this);
				await connection.drain();
			} catch (error) {
				if (!(error instanceof Gone)) {
					this.failures.push(error);
				}
			}

			socket.destroy();
		});
	}

	async listen(port = 0): Promise<this> {
		this.#server.listen(port, '127.0.0.1');
		await once(this.#server, 'listening');
		return this;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	get origin(): string {
		return `http${this.#secure ? 's' : ''}://127.0.0.1:${this.port}`;
	}

	/** Connections open now. `close` does not come when a reset crosses one of the client's. */
	get open(): number {
		let count = 0;
		for (const {destroyed} of this.#open) {
			count += destroyed ? 0 : 1;
		}

		return count;
	}

	/** Resolves when so many connections are open; rejects after 5 s. */
	async untilOpen(count: number): Promise<void> {
		const deadline = performance.now() + 5000;
		while (this.open !== count) {
			if (performance.now() > deadline) {
				throw new Error(`${this.open} connections are open, not ${count}`);
			}

			await turn();
		}
	}

	async close(): Promise<void> {
		for (const socket of this.#open) {
			socket.destroy();
		}

		this.#server.close();
		await once(this.#server, 'close');
	}
}

/** A talk that answers each request of a connection with what `reply` gives. */
export const answering =
	(reply: (request: RawRequest, connection: RawConnection) => string | Uint8Array | Promise<string | Uint8Array>): Talk =>
	async connection => {
		for (;;) {
			await connection.send(await reply(await connection.request(), connection));
		}
	};
