import test from 'ava';
import {answering} from '../servers/raw.ts';
import {bodyOf, collecting, get, kinds, ok, open, put, randomBytes, rejection, serve, untilClosed} from './helpers.ts';

const body = 'x'.repeat(1000);
const framings = {
	length: `HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${body}`,
	chunked: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n${body}\r\n0\r\n\r\n`,
};

for (const kind of kinds) {
	for (const [framing, answer] of Object.entries(framings)) {
		const head = answer.indexOf('\r\n\r\n') + 4;
		for (const [place, at] of [
			['before the body', head],
			['after one byte of the body', head + 1],
			['in mid-body', head + 500],
			['before the last byte', answer.length - 1],
		] as const) {
			for (const how of ['FIN', 'RST'] as const) {
				test(`${kind}: TRUNCATED by a ${how} ${place} (${framing})`, async t => {
					const server = await serve(t, async connection => {
						await connection.request();
						await connection.send(answer.slice(0, at));
						if (how === 'FIN') {
							connection.end();
						} else {
							connection.reset();
						}
					});
					const {chunks, consume} = collecting();
					const transport = open(t, kind, server);

					const error = await rejection(t, transport.request({...get, consume}), 'TRUNCATED');

					t.is(error.retry, 'transient');
					t.true(chunks.reduce((sum, chunk) => sum + chunk.length, 0) <= at - head);
					await server.untilOpen(0);
					await untilClosed(transport);
				});
			}
		}
	}

	test(`${kind}: TRUNCATED by a RST of a body that would end with the connection`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send('HTTP/1.1 200 OK\r\n\r\nhello');
			connection.reset();
		});

		await rejection(t, open(t, kind, server).request({...get, consume() {}}), 'TRUNCATED');
	});

	for (const how of ['FIN', 'RST'] as const) {
		for (const sent of ['', 'HTTP/1.1 200 OK\r\ncontent-le']) {
			test(`${kind}: CONNECTION_LOST by a ${how} ${sent ? 'in the head' : 'before any answer'}, not sent again`, async t => {
				const server = await serve(t, async connection => {
					await connection.request();
					await connection.send(sent);
					if (how === 'FIN') {
						connection.end();
					} else {
						connection.reset();
					}
				});

				const error = await rejection(t, open(t, kind, server).request(get), 'CONNECTION_LOST');

				t.is(error.retry, 'transient');
				t.is(server.requests.length, 1);
				await server.untilOpen(0);
			});
		}
	}

	for (const [framing, answer] of Object.entries(framings)) {
		test(`${kind}: OVERLONG when bytes follow the end of the body; they never reach the consumer (${framing})`, async t => {
			const server = await serve(t, async connection => {
				await connection.request();
				await connection.send(`${answer}surplus`);
			});
			const {text, consume} = collecting();
			const transport = open(t, kind, server);

			await rejection(t, transport.request({...get, consume}), 'OVERLONG');

			t.true(body.startsWith(text()));
			await server.untilOpen(0);
			await untilClosed(transport);
		});
	}

	test(`${kind}: bytes that follow later are not taken for the next answer`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send(ok(`first of ${connection.number}`), ok('poison'));
		});
		const transport = open(t, kind, server);

		for (let count = 0; count < 3; count++) {
			const {text, consume} = collecting();
			await transport.request({...get, consume});
			t.is(text(), `first of ${count}`);
			await server.untilOpen(0);
		}
	});

	for (const how of ['FIN', 'RST'] as const) {
		for (const method of ['GET', 'PUT'] as const) {
			test(`${kind}: a kept-alive connection that ends by ${how} under a ${method} is replaced once, unseen`, async t => {
				const content = randomBytes(100_000);
				const server = await serve(t, async connection => {
					const {method} = await connection.request();
					await connection.send(ok('good'));
					if (connection.number === 0) {
						await (method === 'GET' ? connection.head() : connection.read(1));
						if (how === 'FIN') {
							connection.end();
						} else {
							connection.reset();
						}
					} else {
						await connection.drain();
					}
				});
				const transport = open(t, kind, server);
				const request = method === 'GET' ? get : put(content);

				await transport.request(request);
				const {status} = await transport.request(request);

				t.is(status, 200);
				t.is(server.accepted, 2);
				if (method === 'PUT') {
					t.deepEqual(server.requests.at(-1)?.body, content);
				}
			});
		}

		test(`${kind}: never twice: the second loss by ${how} comes out`, async t => {
			const server = await serve(t, async connection => {
				if (connection.number === 0) {
					await connection.request();
					await connection.send(ok('good'));
				}

				await connection.head();
				connection.reset();
			});
			const transport = open(t, kind, server);

			await transport.request(get);
			await rejection(t, transport.request(get), 'CONNECTION_LOST');

			t.is(server.accepted, 2);
		});
	}

	test(`${kind}: a POST is not sent again`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send(ok('good'));
			await connection.head();
			connection.reset();
		});
		const transport = open(t, kind, server);
		await transport.request(get);

		await rejection(t, transport.request({method: 'POST', path: '/k?uploads', headers: {}}), 'CONNECTION_LOST');

		t.is(server.accepted, 1);
	});

	test(`${kind}: a request that was answered in part is not sent again`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send(ok('good'));
			await connection.head();
			await connection.send('HTTP/1.1 ');
			connection.reset();
		});
		const transport = open(t, kind, server);
		await transport.request(get);

		await rejection(t, transport.request(get), 'CONNECTION_LOST');

		t.is(server.accepted, 1);
	});

	test(`${kind}: a source that fails with CONNECTION_LOST of its own is not sent again`, async t => {
		const source = await serve(t, async connection => {
			await connection.request();
			connection.reset();
		});
		const from = open(t, kind, source);
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const to = open(t, kind, server);
		await to.request(get);
		let sends = 0;
		const body = {
			size: 10,
			async send() {
				sends++;
				await from.request(get);
			},
		};

		await rejection(t, to.request({method: 'PUT', path: '/k', headers: {}, body}), 'CONNECTION_LOST');

		t.is(sends, 1);
	});

	test(`${kind}: a server that resets in mid-body is CONNECTION_LOST`, async t => {
		const server = await serve(t, async connection => {
			await connection.head();
			await connection.read(100_000);
			connection.reset();
		});

		const error = await rejection(t, open(t, kind, server).request(put(randomBytes(64 * 2 ** 20))), 'CONNECTION_LOST');

		t.is(error.retry, 'transient');
		await server.untilOpen(0);
	});
}

test('fast: bytes that come on a kept-alive connection before its request is sent are not its answer', async t => {
	const server = await serve(t, async connection => {
		await connection.request();
		await connection.send(ok('good'));
		if (connection.number === 0) {
			await turnsOfThe.source;
			await connection.send(ok('poison'));
		} else {
			await connection.request();
			await connection.send(ok('second'));
		}
	});
	const {promise, resolve} = Promise.withResolvers<void>();
	const turnsOfThe = {source: promise};
	const transport = open(t, 'fast', server);
	await transport.request(get);
	const content = bodyOf(randomBytes(10));

	const {body} = await transport.request({
		method: 'PUT',
		path: '/k',
		headers: {},
		body: {
			size: 10,
			async send(write) {
				resolve();
				if (server.accepted === 1) {
					await server.untilOpen(0);
				}

				await content.send(write);
			},
		},
	});

	t.deepEqual(Buffer.from(body).toString(), 'good');
	t.is(server.accepted, 2);
});
