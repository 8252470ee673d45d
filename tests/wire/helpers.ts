import {Buffer} from 'node:buffer';
import {randomFillSync} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {setImmediate as turn} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import type {Consume} from '../../source/contract/body.ts';
import {type ErrorCode, SluiceError} from '../../source/contract/errors.ts';
import {createTransport, type Transport, type TransportOptions, type WireRequest} from '../../source/wire/index.ts';
import {type RawOptions, RawServer, type Talk} from '../servers/raw.ts';

export type Kind = 'fast' | 'compatible';

/** Every test runs over both transports: one is the other's oracle. */
export const kinds: readonly Kind[] = ['fast', 'compatible'];

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

export const ca = fixture('ca');

export const certificate = (name: 'good' | 'expired' | 'wrong-host' | 'self-signed'): {cert: string; key: string} => ({
	cert: fixture(name),
	key: fixture(`${name}.key`),
});

export const serve = async (t: ExecutionContext, talk: Talk, options?: RawOptions): Promise<RawServer> => {
	const server = await new RawServer(talk, options).listen(options?.port);
	t.teardown(async () => {
		await server.close();
		if (server.failures.length > 0) {
			throw server.failures[0];
		}
	});
	return server;
};

export const open = (
	t: ExecutionContext,
	kind: Kind,
	{origin}: {readonly origin: string},
	options: Partial<TransportOptions> = {},
): Transport => {
	const transport = createTransport({origin, kind, proxy: false, tls: {ca}, ...options});
	t.teardown(() => transport.close());
	return transport;
};

export const get: WireRequest = {method: 'GET', path: '/k', headers: {}};

export const put = (content: Uint8Array): WireRequest => ({method: 'PUT', path: '/k', headers: {}, body: bodyOf(content)});

export const bodyOf = (content: Uint8Array): {size: number; send(write: Consume): Promise<void>} => ({
	size: content.length,
	async send(write) {
		await write(content);
	},
});

/** Collects copies: the chunks are lent. */
export const collecting = (): {readonly chunks: Buffer[]; readonly consume: (chunk: Uint8Array) => void; readonly text: () => string} => {
	const chunks: Buffer[] = [];
	return {
		chunks,
		consume(chunk) {
			chunks.push(Buffer.from(chunk));
		},
		text: () => Buffer.concat(chunks).toString('latin1'),
	};
};

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export const rejection = async (t: ExecutionContext, promise: Promise<unknown>, code: ErrorCode): Promise<SluiceError> => {
	const error = await promise.then(
		() => undefined,
		error => error,
	);
	t.true(error instanceof SluiceError, `expected ${code}, got ${error}`);
	t.is((error as SluiceError).code, code, `${error} / ${(error as Error)?.cause}`);
	return error as SluiceError;
};

/** Resolves when all sockets of a transport are closed; they are told to before a request settles, and are a turn later. */
export const untilClosed = async (transport: Transport): Promise<void> => {
	const deadline = performance.now() + 5000;
	while (transport.connections > 0) {
		if (performance.now() > deadline) {
			throw new Error(`${transport.connections} connections are open`);
		}

		await turn();
	}
};

export const ok = (body: string, headers = ''): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;

export const randomBytes = (length: number): Buffer => randomFillSync(Buffer.allocUnsafe(length));

/** Numbers from 0 to 1 that are the same in each run. */
export const seeded = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

export interface Gate {
	readonly promise: Promise<void>;
	readonly open: () => void;
}

export const gate = (): Gate => {
	const {promise, resolve} = Promise.withResolvers<void>();
	return {promise, open: resolve};
};
