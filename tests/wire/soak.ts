/*
Random requests against a server with random faults. Each ends with the right bytes, with a `SluiceError`, or with the error that was thrown on purpose; nothing stays open.
*/
import {Buffer} from 'node:buffer';
import {setImmediate as turn} from 'node:timers/promises';
import {crc32} from 'node:zlib';
import {SluiceError} from '../../source/contract/errors.ts';
import type {Transport, WireRequest} from '../../source/wire/index.ts';
import type {RawConnection, RawRequest, Talk} from '../servers/raw.ts';
import {randomBytes, seeded} from './helpers.ts';

const content = randomBytes(2 * 2 ** 20);
const mine = new Error('thrown on purpose');

const modes = [
	...['length', 'chunked', 'close', 'pieces', 'error', 'empty', 'late', 'interim'],
	...['fin', 'rst', 'surplus', 'garbage', 'lost', 'early', 'last'],
] as const;

const pieces = (bytes: Buffer, random: () => number): Buffer[] => {
	const result: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = Math.min(bytes.length, at + 1 + Math.floor(random() ** 4 * 200_000));
		result.push(bytes.subarray(at, end));
		at = end;
	}

	return result;
};

const chunked = (parts: readonly Buffer[]): Buffer =>
	Buffer.concat([
		...parts.flatMap(part => [Buffer.from(`${part.length.toString(16)};x\r\n`), part, Buffer.from('\r\n')]),
		Buffer.from('0\r\na: b\r\n\r\n'),
	]);

const answer = async (connection: RawConnection, {method, path, body}: RawRequest): Promise<void> => {
	const [, mode, size, seed] = path.split('/');
	const random = seeded(Number(seed));
	const data = method === 'HEAD' ? Buffer.alloc(0) : content.subarray(0, Number(size));
	const sum = `x-sum: ${crc32(body)}\r\n`;
	const head = `HTTP/1.1 200 OK\r\n${sum}`;
	const whole = Buffer.concat([Buffer.from(`${head}content-length: ${size}\r\n\r\n`), data]);
	const cut = Math.floor(random() * whole.length);
	switch (mode) {
		case 'chunked':
			return connection.send(`${head}transfer-encoding: chunked\r\n\r\n`, ...(method === 'HEAD' ? [] : [chunked(pieces(data, random))]));
		case 'close':
			await connection.send(`${head}\r\n`, data);
			return connection.end();
		case 'pieces':
			return connection.send(whole.subarray(0, cut), whole.subarray(cut));
		case 'error':
			return connection.send(
				`HTTP/1.1 404 No\r\ncontent-length: ${method === 'HEAD' ? 9 : '2\r\n\r\nno'}${method === 'HEAD' ? '\r\n\r\n' : ''}`,
			);
		case 'empty':
			return connection.send('HTTP/1.1 204 No\r\n\r\n');
		case 'late':
			await new Promise(resolve => setTimeout(resolve, random() * 5));
			return connection.send(whole);
		case 'interim':
			return connection.send('HTTP/1.1 100 Continue\r\n\r\n', whole);
		case 'fin':
			await connection.send(whole.subarray(0, cut));
			return connection.end();
		case 'rst':
			await connection.send(whole.subarray(0, cut));
			return connection.reset();
		case 'surplus':
			return connection.send(whole, randomBytes(10));
		case 'garbage':
			return connection.send(randomBytes(100));
		case 'lost':
			return connection.reset();
		case 'last':
			await connection.send(`${head}connection: close\r\ncontent-length: ${size}\r\n\r\n`, data);
			return connection.end();
		default:
			return connection.send(whole);
	}
};

export const faultyTalk: Talk = async connection => {
	for (;;) {
		const {method, path, head} = await connection.head();
		const size = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
		if (path.startsWith('/early/')) {
			await connection.read(Math.min(size, 1000));
			await connection.send('HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno');
			connection.end();
			await connection.drain();
			return;
		}

		await answer(connection, {method, path, head, body: await connection.read(size)});
	}
};

const randomRequest = (
	random: () => number,
	seed: number,
): {request: WireRequest; check: (status: number, sum?: string) => string | undefined} => {
	const method = (['GET', 'GET', 'GET', 'PUT', 'PUT', 'POST', 'HEAD', 'DELETE'] as const)[Math.floor(random() * 8)]!;
	const mode = random() < 0.6 ? modes[Math.floor(random() * 8)]! : modes[Math.floor(random() * modes.length)]!;
	const size = Math.floor(random() ** 6 * content.length);
	const sent = content.subarray(0, Math.floor(random() ** 6 * content.length));
	const [patience, failure] = [random(), random()];
	const received: Buffer[] = [];
	const controller = new AbortController();
	if (random() < 0.08) {
		setTimeout(() => controller.abort(mine), random() * 8);
	}

	const pause = async (): Promise<void> => {
		for (let turns = random() * 4; turns > 0; turns--) {
			await turn();
		}
	};

	return {
		request: {
			method,
			path: `/${mode}/${size}/${seed}`,
			headers: {},
			signal: controller.signal,
			consume(chunk) {
				if (failure < 0.02) {
					throw mine;
				}

				if (patience < 0.4) {
					received.push(Buffer.from(chunk));
					return;
				}

				return pause().then(() => {
					received.push(Buffer.from(chunk));
					if (failure > 0.98) {
						throw mine;
					}
				});
			},
			...((method === 'PUT' || method === 'POST') && {
				body: {
					size: sent.length,
					async send(write) {
						for (const piece of pieces(sent, random)) {
							if (failure > 0.02 && failure < 0.04) {
								throw mine;
							}

							const lent = Buffer.from(piece);
							await write(lent);
							lent.fill(0);
							await (patience < 0.5 ? undefined : pause());
						}
					},
				},
			}),
		},
		check(status, sum) {
			if (mode === 'early' || mode === 'error') {
				return status === (mode === 'early' ? 403 : 404) ? undefined : `status ${status}`;
			}

			const expected = mode === 'empty' || method === 'HEAD' ? 0 : size;
			const bytes = Buffer.concat(received);
			if (!bytes.equals(content.subarray(0, expected))) {
				return `${bytes.length} bytes, not ${expected}`;
			}

			const whole = String(crc32(method === 'PUT' || method === 'POST' ? sent : Buffer.alloc(0)));
			return mode === 'empty' || sum === whole ? undefined : `the server got other bytes: ${sum}, not ${whole}`;
		},
	};
};

/** @returns What went wrong, and how often each outcome was seen. */
export const soak = async (
	transport: Transport,
	until: (count: number) => boolean,
	seed: number,
): Promise<{wrong: string[]; outcomes: Record<string, number>}> => {
	const random = seeded(seed);
	const wrong: string[] = [];
	const outcomes: Record<string, number> = {};
	let count = 0;
	const lane = async (): Promise<void> => {
		while (!until(count)) {
			const {request, check} = randomRequest(random, count++);
			const label = `${request.method} ${request.path}`;
			let outcome = 'success';
			try {
				const {status, headers} = await transport.request(request);
				const problem = check(status, headers['x-sum']);
				if (problem) {
					wrong.push(`${label}: ${problem}`);
				}
			} catch (error) {
				outcome = error === mine ? 'mine' : error instanceof SluiceError ? error.code : 'unknown';
				if (outcome === 'unknown' || outcome === 'TIMEOUT') {
					wrong.push(`${label}: ${error}`);
				}
			}

			outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		}
	};

	await Promise.all(Array.from({length: 24}, lane));
	return {wrong, outcomes};
};
