import {Buffer} from 'node:buffer';
import {createHash} from 'node:crypto';
import process from 'node:process';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import type {Talk} from '../servers/raw.ts';
import {certificate, gate, get, kinds, open, randomBytes, seeded, serve, untilClosed} from './helpers.ts';

const size = 32 * 2 ** 20;
const content = randomBytes(size);
const sum = createHash('sha1').update(content).digest('hex');

/** Writes the content in pieces of odd sizes, as fast as the client takes them. */
const oddly =
	(isChunked: boolean): Talk =>
	async connection => {
		const random = seeded(5);
		await connection.request();
		connection.socket.write(`HTTP/1.1 200 OK\r\n${isChunked ? 'transfer-encoding: chunked' : `content-length: ${size}`}\r\n\r\n`);
		for (let at = 0; at < size; ) {
			const end = Math.min(size, at + Math.ceil(random() ** 3 * 400_000));
			const piece = content.subarray(at, end);
			if (isChunked) {
				connection.socket.write(`${piece.length.toString(16)}\r\n`);
			}

			if (!connection.socket.write(piece)) {
				await turn();
			}

			if (isChunked) {
				connection.socket.write('\r\n');
			}

			at = end;
		}

		connection.socket.write(isChunked ? '0\r\n\r\n' : '');
	};

for (const kind of kinds) {
	for (const secure of [false, true]) {
		for (const isChunked of [false, true]) {
			const over = `${isChunked ? 'chunked' : 'with a length'}${secure ? ', over TLS' : ''}`;
			test.serial(`${kind}: a chunk keeps its bytes until its promise settles, and calls never overlap (${over})`, async t => {
				const server = await serve(t, oddly(isChunked), secure ? {tls: certificate('good')} : {});
				const random = seeded(7);
				const hash = createHash('sha1');
				let inside = 0;
				let changed = 0;
				let overlaps = 0;

				await open(t, kind, server).request({
					...get,
					consume(chunk) {
						overlaps += inside > 0 ? 1 : 0;
						hash.update(chunk);
						const way = random();
						if (way < 0.3) {
							return;
						}

						inside++;
						const copy = Buffer.from(chunk);
						return (async () => {
							for (let turns = way < 0.6 ? 0 : random() * 6; turns > 0; turns--) {
								await turn();
							}

							if (way > 0.97) {
								await new Promise(resolve => setTimeout(resolve, 2));
							}

							changed += copy.equals(chunk) ? 0 : 1;
							inside--;
						})();
					},
				});

				t.is(changed, 0);
				t.is(overlaps, 0);
				t.is(hash.digest('hex'), sum);
			});
		}

		test.serial(`${kind}: a consumer that stalls holds the server back; memory stays flat${secure ? ', over TLS' : ''}`, async t => {
			const total = 256 * 2 ** 20;
			let written = 0;
			const server = await serve(
				t,
				async connection => {
					await connection.request();
					connection.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
					const block = content.subarray(0, 65_536);
					for (; written < total; written += block.length) {
						await new Promise<void>((resolve, reject) => {
							connection.socket.write(block, error => (error ? reject(error) : resolve()));
						}).catch(() => connection.reset());
						if (connection.socket.destroyed) {
							return;
						}
					}
				},
				secure ? {tls: certificate('good')} : {},
			);
			const held = gate();
			const controller = new AbortController();
			const before = process.memoryUsage();
			const receiving = open(t, kind, server).request({...get, signal: controller.signal, consume: () => held.promise});
			receiving.catch(() => {});

			let last = -1;
			for (let still = 0; still < 50; still = written === last ? still + 1 : 0) {
				last = written;
				await new Promise(resolve => setTimeout(resolve, 1));
			}

			const after = process.memoryUsage();
			t.true(written > 0 && written < 32 * 2 ** 20, `${written} bytes were taken`);
			t.true(after.external - before.external < 4 * 2 ** 20, `${after.external - before.external} bytes`);
			controller.abort();
			held.open();
			await t.throwsAsync(receiving, {code: 'CANCELLED'});
			await server.untilOpen(0);
		});
	}

	for (const [how, fail] of [
		[
			'throws',
			(error: Error) => {
				throw error;
			},
		],
		['rejects', (error: Error) => Promise.reject(error)],
	] as const) {
		test(`${kind}: what a consumer ${how} comes out as it is, and the connection is closed`, async t => {
			const server = await serve(t, async connection => {
				await connection.request();
				await connection.send(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhello`);
			});
			const transport = open(t, kind, server);
			const mine = Object.assign(new Error('mine'), {code: 'ECONNRESET'});
			let calls = 0;

			const error = await t.throwsAsync(
				transport.request({
					...get,
					consume() {
						calls++;
						return fail(mine);
					},
				}),
			);

			t.is(error, mine);
			t.is(calls, 1);
			await server.untilOpen(0);
			await untilClosed(transport);
		});
	}

	for (const what of ['abort', 'reset', 'end', 'surplus'] as const) {
		test(`${kind}: a request does not settle before a chunk that is lent is given back (${what})`, async t => {
			const lent = gate();
			const held = gate();
			const server = await serve(t, async connection => {
				await connection.request();
				await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
				await lent.promise;
				if (what === 'reset') {
					connection.reset();
				} else if (what === 'end') {
					connection.end();
				} else if (what === 'surplus') {
					await connection.send('world!');
				}
			});
			const controller = new AbortController();
			let settled = false;
			let calls = 0;
			const request = open(t, kind, server)
				.request({
					...get,
					signal: controller.signal,
					consume() {
						calls++;
						lent.open();
						return held.promise;
					},
				})
				.then(
					() => undefined,
					(error: unknown) => error,
				)
				.finally(() => {
					settled = true;
				});
			await lent.promise;
			if (what === 'abort') {
				controller.abort();
			}

			for (let turns = 0; turns < 20; turns++) {
				await turn();
			}

			t.false(settled);
			t.is(calls, 1);
			held.open();
			const error = await request;
			t.is((error as {code: string}).code, {abort: 'CANCELLED', reset: 'TRUNCATED', end: 'TRUNCATED', surplus: 'OVERLONG'}[what]);
			await server.untilOpen(0);
		});
	}
}
