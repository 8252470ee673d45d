import {Buffer} from 'node:buffer';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {WireTimeouts} from '../../source/wire/index.ts';
import type {Talk} from '../servers/raw.ts';
import {certificate, get, kinds, ok, open, put, randomBytes, rejection, serve, untilClosed} from './helpers.ts';

const large = randomBytes(32 * 2 ** 20);
/** Each test shortens the one that it is about. */
const patient: WireTimeouts = {connect: 20_000, firstByte: 20_000, idle: 20_000, floor: 0, floorBytes: 1024};

for (const kind of kinds) {
	test(`${kind}: a TLS handshake that stalls is CONNECT_TIMEOUT`, async t => {
		const server = await serve(t, async connection => {
			await connection.drain();
		});
		const transport = open(t, kind, {origin: server.origin.replace('http:', 'https:')}, {timeouts: {connect: 100}});
		const since = performance.now();

		const error = await rejection(t, transport.request(get), 'CONNECT_TIMEOUT');

		t.true(performance.now() - since < 10_000);
		t.is(error.retry, 'transient');
		await server.untilOpen(0);
		await untilClosed(transport);
	});

	test(`${kind}: a name that never resolves is CONNECT_TIMEOUT`, async t => {
		const transport = open(t, kind, {origin: 'http://stalled.example'}, {timeouts: {connect: 100}, lookup() {}});

		await rejection(t, transport.request(get), 'CONNECT_TIMEOUT');

		await untilClosed(transport);
	});

	test(`${kind}: the wait for a free connection is not part of the time to connect`, async t => {
		const server = await serve(t, async connection => {
			for (;;) {
				await connection.request();
				await sleep(2300);
				await connection.send(ok(''));
			}
		});
		const transport = open(t, kind, server, {connections: 1, timeouts: {connect: 2000}});

		const answers = await Promise.all([transport.request(get), transport.request(get)]);

		t.is(answers.length, 2);
		t.is(server.accepted, 1);
	});

	const silences: Record<string, {talk: Talk; timeouts: Partial<WireTimeouts>; request?: typeof get}> = {
		'without an answer': {
			async talk(connection) {
				await connection.request();
			},
			timeouts: {firstByte: 100},
		},
		'without an answer to a body': {
			async talk(connection) {
				await connection.request();
			},
			timeouts: {firstByte: 100},
			request: put(randomBytes(100_000)),
		},
		'in the head': {
			async talk(connection) {
				await connection.request();
				await connection.send('HTTP/1.1 200 OK\r\na: ');
			},
			timeouts: {firstByte: 100},
		},
		'with a head that drips': {
			async talk(connection) {
				await connection.request();
				for (const character of ok('', `a: ${'b'.repeat(1000)}\r\n`)) {
					await connection.send(character);
					await sleep(30);
				}
			},
			timeouts: {firstByte: 100},
		},
		'with interim answers that drip': {
			async talk(connection) {
				await connection.request();
				for (let count = 0; count < 10; count++) {
					await connection.send('HTTP/1.1 102 Processing\r\n\r\n');
					await sleep(30);
				}
			},
			timeouts: {firstByte: 100},
		},
		'in mid-body': {
			async talk(connection) {
				await connection.request();
				await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
			},
			timeouts: {idle: 100},
		},
		'in the body of an error': {
			async talk(connection) {
				await connection.request();
				await connection.send('HTTP/1.1 500 Oh\r\ncontent-length: 10\r\n\r\nhello');
			},
			timeouts: {idle: 100},
		},
		'while it should take a body': {
			talk: () => new Promise(() => {}),
			timeouts: {idle: 100},
			request: put(large),
		},
	};
	for (const [where, {talk, timeouts, request = get}] of Object.entries(silences)) {
		test(`${kind}: TIMEOUT when the server is silent ${where}`, async t => {
			const server = await serve(t, talk);
			const transport = open(t, kind, server, {timeouts: {...patient, ...timeouts}});
			const since = performance.now();

			const error = await rejection(t, transport.request({...request, consume() {}}), 'TIMEOUT');

			t.true(performance.now() - since < 10_000);
			t.is(error.retry, 'transient');
			await untilClosed(transport);
		});
	}

	test(`${kind}: a request may wait longer for its head than others`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await sleep(300);
			await connection.send(ok(''));
		});

		const {status} = await open(t, kind, server, {timeouts: {...patient, firstByte: 100}}).request({...get, firstByteMilliseconds: 60_000});

		t.is(status, 200);
	});

	for (const request of [{...get, consume() {}}, get]) {
		for (const status of [200, 500]) {
			const isExempt = status === 200 && !('consume' in request);
			const what = status === 500 ? 'an error' : isExempt ? 'an answer that is collected' : 'an object';
			test(`${kind}: ${what} that drips ${isExempt ? 'is read to its end' : 'is a TIMEOUT'}${status === 500 && 'consume' in request ? ' (not consumed)' : ''}`, async t => {
				const server = await serve(t, async connection => {
					await connection.request();
					await connection.send(`HTTP/1.1 ${status} X\r\ncontent-length: 30\r\n\r\n`);
					for (let count = 0; count < 30; count++) {
						await connection.send(' ');
						await sleep(20);
					}
				});
				const transport = open(t, kind, server, {timeouts: {...patient, floor: 100, floorBytes: 1000}});

				if (isExempt) {
					t.is((await transport.request(request)).body.length, 30);
					return;
				}

				const error = await rejection(t, transport.request(request), 'TIMEOUT');
				t.regex(error.message, /fewer than 1000 bytes a second/);
				await server.untilOpen(0);
			});
		}
	}

	test(`${kind}: a slow transfer above the floor goes on`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n');
			for (let count = 0; count < 40; count++) {
				await connection.send('x'.repeat(1000));
				await sleep(10);
			}
		});
		const transport = open(t, kind, server, {timeouts: {...patient, floor: 100, floorBytes: 1000}});

		const {body} = await transport.request(get);

		t.is(body.length, 40_000);
	});

	for (const secure of [false, true]) {
		test(`${kind}: no limit counts while the consumer is the slow side${secure ? ', over TLS' : ''}`, async t => {
			const size = 4 * 2 ** 20;
			const server = await serve(
				t,
				async connection => {
					await connection.request();
					await connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`, large.subarray(0, size));
				},
				secure ? {tls: certificate('good')} : {},
			);
			const transport = open(t, kind, server, {timeouts: {...patient, idle: 300, floor: 300, floorBytes: 10_000}});
			let received = 0;
			let pauses = 0;

			await transport.request({
				...get,
				async consume(chunk) {
					received += chunk.length;
					if (pauses < 2) {
						pauses++;
						await sleep(1000);
					}
				},
			});

			t.is(received, size);
		});
	}

	test(`${kind}: after a chunk was held for a while the server has its whole time again`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
			await sleep(700);
			await connection.send('world');
		});
		const transport = open(t, kind, server, {timeouts: {...patient, idle: 500}});

		await transport.request({...get, consume: () => sleep(400)});

		t.pass();
	});

	test(`${kind}: a server that falls silent after the caller was slow is a TIMEOUT still`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
		});
		const transport = open(t, kind, server, {timeouts: {...patient, idle: 100}});
		const since = performance.now();

		await rejection(t, transport.request({...get, consume: () => sleep(350)}), 'TIMEOUT');

		t.true(performance.now() - since < 10_000);
		await server.untilOpen(0);
	});

	test(`${kind}: no limit counts while the source of a body is the slow side`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send(ok(''));
		});
		const transport = open(t, kind, server, {timeouts: {...patient, idle: 300, floor: 100}});

		const {status} = await transport.request({
			method: 'PUT',
			path: '/k',
			headers: {},
			body: {
				size: 15,
				async send(write) {
					for (const part of ['hello', 'wide ', 'world']) {
						await sleep(1000);
						await write(Buffer.from(part));
					}
				},
			},
		});

		t.is(status, 200);
		t.is(server.requests[0]!.body.toString(), 'hellowide world');
	});
}
