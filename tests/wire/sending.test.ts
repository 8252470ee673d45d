import {Buffer} from 'node:buffer';
import process from 'node:process';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import type {Consume} from '../../source/contract/body.ts';
import type {WireRequest} from '../../source/wire/index.ts';
import {answering} from '../servers/raw.ts';
import {
	bodyOf,
	certificate,
	gate,
	get,
	kinds,
	ok,
	open,
	put,
	randomBytes,
	rejection,
	seeded,
	serve,
	textOf,
	untilClosed,
} from './helpers.ts';

const sending = (size: number, send: (write: Consume) => Promise<void>): WireRequest => ({
	method: 'PUT',
	path: '/k',
	headers: {},
	body: {size, send},
});

const block = randomBytes(65_536);

/** A source that has a block whenever it is asked, and notes how far it came. */
const flowing = (size: number): {readonly request: WireRequest; sent: number} => {
	const source = {
		sent: 0,
		request: sending(size, async write => {
			for (source.sent = 0; source.sent < size; source.sent += block.length) {
				await write(block);
				await turn();
			}
		}),
	};
	return source;
};

for (const kind of kinds) {
	test(`${kind}: says what a request is, once`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const transport = open(t, kind, server);
		const headers = {
			'x-a': '1',
			host: 'other.example',
			'content-length': '999',
			'transfer-encoding': 'chunked',
			'accept-encoding': 'gzip',
			connection: 'close',
		};

		await transport.request({method: 'PUT', path: '/a%20b?c=d&e', headers, body: bodyOf(Buffer.from('hello'))});
		await transport.request({method: 'POST', path: '/', headers: {}});
		await transport.request({method: 'GET', path: '/', headers: {}});
		await transport.request({method: 'COPY', path: '/', headers: {}});

		const [first, second, third, fourth] = server.requests.map(({head}) => head.toLowerCase());
		t.true(first!.startsWith('put /a%20b?c=d&e http/1.1\r\n'));
		for (const line of ['host: other.example', 'content-length: 5', 'accept-encoding: identity', 'x-a: 1']) {
			t.is(first!.split('\r\n').filter(one => one === line).length, 1, line);
		}

		t.notRegex(first!, /chunked|999|gzip|close/);
		t.is(textOf(server.requests[0]!.body), 'hello');
		t.regex(second!, /\r\ncontent-length: 0(?:\r\n|$)/);
		t.notRegex(third!, /content-length|transfer-encoding/);
		t.regex(third!, new RegExp(`\r\nhost: 127\\.0\\.0\\.1:${server.port}(?:\r\n|$)`));
		t.notRegex(fourth!, /transfer-encoding/);
		t.is(server.accepted, 1);
	});

	for (const secure of [false, true]) {
		test(`${kind}: sends bodies of any size in chunks of any size${secure ? ', over TLS' : ''}`, async t => {
			const server = await serve(
				t,
				answering(() => ok('')),
				secure ? {tls: certificate('good')} : {},
			);
			const transport = open(t, kind, server);
			const random = seeded(11);

			for (const size of [0, 1, 2, 1000, 65_536, 1_000_003]) {
				const content = randomBytes(size);
				await transport.request(
					sending(size, async write => {
						await write(content.subarray(0, 0));
						for (let at = 0; at < size; ) {
							const end = Math.min(size, at + Math.ceil(random() ** 4 * 300_000));
							// Lent: what the caller does with its buffer afterwards must not be seen.
							const chunk = Buffer.from(content.subarray(at, end));
							await write(chunk);
							chunk.fill(0);
							at = end;
						}
					}),
				);
				t.true(server.requests.at(-1)!.body.equals(content), `${size} bytes`);
			}

			t.is(server.accepted, 1);
		});
	}

	for (const [name, size, code] of [
		['ends early', 11, 'SOURCE_SHORT'],
		['goes on for too long', 9, 'SOURCE_LONG'],
	] as const) {
		test(`${kind}: a source that ${name} is an error, and closes the connection`, async t => {
			const server = await serve(
				t,
				answering(() => ok('')),
			);
			const transport = open(t, kind, server);

			const request = transport.request(
				sending(size, async write => {
					await write(Buffer.from('01234'));
					await write(Buffer.from('56789'));
				}),
			);

			const error = await rejection(t, request, code);
			t.is(error.retry, 'never');
			await server.untilOpen(0);
			t.is(server.requests.length, 0);
		});
	}

	test(`${kind}: what a source throws in mid-body comes out as it is, and closes the connection`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const mine = {not: 'even an error'};

		const failed = await open(t, kind, server)
			.request(
				sending(10, async write => {
					await write(Buffer.from('01234'));
					throw mine;
				}),
			)
			.catch((error: unknown) => error);

		t.is(failed, mine);
		await server.untilOpen(0);
		t.is(server.requests.length, 0);
	});

	test(`${kind}: what a source throws before its first byte comes out as it is, and nothing was sent`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const transport = open(t, kind, server);
		await transport.request(get);
		const mine = new Error('mine');

		const error = await t.throwsAsync(
			transport.request(
				sending(10, async () => {
					throw mine;
				}),
			),
		);
		t.is(error, mine);
		t.is((await transport.request(get)).status, 200);

		t.is(server.requests.length, 2);
		if (kind === 'fast') {
			t.is(server.accepted, 1); // `node:http` gives a socket up with its request.
		}
	});

	for (const status of [400, 403, 503]) {
		test(`${kind}: an early ${status} is returned; the sending stops soon, the connection is dropped`, async t => {
			const size = 1024 ** 3;
			const server = await serve(t, async connection => {
				await connection.head();
				await connection.read(100_000);
				await connection.send(ok('no').replace('200 OK', `${status} No`));
				await connection.drain();
			});
			const source = flowing(size);
			const transport = open(t, kind, server);

			const answer = await transport.request(source.request);

			t.is(answer.status, status);
			t.is(textOf(answer.body), 'no');
			t.true(source.sent < 32 * 2 ** 20, `${source.sent} bytes were sent`);
			await server.untilOpen(0);
			await untilClosed(transport);
		});
	}

	test(`${kind}: an early answer is returned when the source wraps what stopped it`, async t => {
		const server = await serve(t, async connection => {
			await connection.head();
			await connection.send(ok('no').replace('200 OK', '403 No'));
			await connection.drain();
		});
		const {request} = flowing(1024 ** 3);

		const answer = await open(t, kind, server).request(
			sending(1024 ** 3, write =>
				request.body!.send(write).catch(cause => {
					throw new Error('wrapped', {cause});
				}),
			),
		);

		t.is(answer.status, 403);
	});

	test(`${kind}: an early answer waits for a source that stalls, and is returned when it goes on`, async t => {
		const answered = gate();
		const server = await serve(t, async connection => {
			await connection.head();
			await connection.read(5);
			await connection.send(ok('no').replace('200 OK', '403 No'));
			answered.open();
			await connection.drain();
		});
		let stopped = false;

		const {status} = await open(t, kind, server).request(
			sending(10, async write => {
				await write(Buffer.from('01234'));
				await answered.promise;
				try {
					await write(Buffer.from('56789'));
				} catch (error) {
					stopped = true;
					throw error;
				}
			}),
		);

		t.is(status, 403);
		t.true(stopped);
		await server.untilOpen(0);
	});

	test(`${kind}: an early 200 does not end the sending`, async t => {
		const server = await serve(t, async connection => {
			await connection.head();
			await connection.read(5);
			await connection.send(ok(''));
			await connection.read(1_000_000 - 5);
		});

		const {status} = await open(t, kind, server).request(put(randomBytes(1_000_000)));

		t.is(status, 200);
	});

	test(`${kind}: an early 200 from a server that then leaves is no success`, async t => {
		const server = await serve(t, async connection => {
			await connection.head();
			await connection.read(5);
			await connection.send(ok(''));
			connection.reset();
		});

		await rejection(t, open(t, kind, server).request(flowing(1024 ** 3).request), 'CONNECTION_LOST');
	});

	for (const secure of [false, true]) {
		test.serial(`${kind}: a server that does not read holds the source back; memory stays flat${secure ? ', over TLS' : ''}`, async t => {
			const held = gate();
			const size = 64 * 2 ** 20;
			const server = await serve(
				t,
				async connection => {
					await connection.head();
					await held.promise;
					await connection.read(size);
					await connection.send(ok(''));
				},
				secure ? {tls: certificate('good')} : {},
			);
			const source = flowing(size);
			const before = process.memoryUsage();
			const answering = open(t, kind, server).request(source.request);

			let last = -1;
			for (let still = 0; still < 50; still = source.sent === last ? still + 1 : 0) {
				last = source.sent;
				await turn();
				await new Promise(resolve => setTimeout(resolve, 1));
			}

			const {external, arrayBuffers} = process.memoryUsage();
			t.true(source.sent < 24 * 2 ** 20, `${source.sent} bytes left the source`);
			t.true(external - before.external < 8 * 2 ** 20, `${external - before.external} bytes`);
			t.true(arrayBuffers - before.arrayBuffers < 8 * 2 ** 20);
			held.open();
			t.is((await answering).status, 200);
		});
	}

	test(`${kind}: what could end a line is refused before anything is sent`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const transport = open(t, kind, server);
		const bad: Partial<WireRequest>[] = [
			...['/a\r\nb', '/a\nb', '/a b', '/a\0', '/a\u007f', '/ä', '/\u{1f600}', 'a', ''].map(path => ({path})),
			...['a\r\nb: c', 'a\nb', 'a\0', '\u0100', 'a\u007f'].map(value => ({headers: {'x-a': value}})),
			...['a\r\nb', 'a b', 'a:', '', 'A', 'ä'].map(name => ({headers: {[name]: 'x'}})),
		];

		for (const part of bad) {
			await rejection(t, transport.request({...get, ...part}), 'INVALID_ARGUMENT');
		}

		t.is(server.requests.length, 0);
		t.is((await transport.request({...get, headers: {'x-a': 'voil\u00e0 \t~'}})).status, 200);
		t.true(server.accepted <= 1);
	});
}
