import {getEventListeners} from 'node:events';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import type {Talk} from '../servers/raw.ts';
import {answering} from '../servers/raw.ts';
import {type Gate, gate, get, kinds, ok, open, put, randomBytes, rejection, serve, untilClosed} from './helpers.ts';

for (const kind of kinds) {
	const moments: Record<string, {talk: (reached: Gate) => Talk; request?: (reached: Gate) => typeof get}> = {
		'while the head is awaited': {
			talk: reached => async connection => {
				await connection.request();
				reached.open();
			},
		},
		'while the body is sent': {
			talk: reached => async connection => {
				await connection.head();
				await connection.read(100_000);
				reached.open();
			},
			request: () => put(randomBytes(32 * 2 ** 20)),
		},
		'while the body is received': {
			talk: () => async connection => {
				await connection.request();
				await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
			},
			request: reached => ({...get, consume: () => reached.open()}),
		},
	};

	for (const [when, {talk, request}] of Object.entries(moments)) {
		test(`${kind}: aborted ${when}: CANCELLED with the reason, sockets closed, no listener left`, async t => {
			const reached = gate();
			const server = await serve(t, talk(reached));
			const transport = open(t, kind, server);
			const controller = new AbortController();
			const {signal} = controller;
			const reason = new Error('enough');

			const pending = transport.request({...(request?.(reached) ?? get), signal});
			await reached.promise;
			const since = performance.now();
			controller.abort(reason);
			const error = await rejection(t, pending, 'CANCELLED');

			t.is(error.cause, reason);
			t.is(error.retry, 'never');
			t.true(performance.now() - since < 1000);
			t.is(getEventListeners(signal, 'abort').length, 0);
			await server.untilOpen(0);
			await untilClosed(transport);
		});
	}

	test(`${kind}: aborted before: CANCELLED, no connection made`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const reason = new Error('enough');

		const error = await rejection(t, open(t, kind, server).request({...get, signal: AbortSignal.abort(reason)}), 'CANCELLED');

		t.is(error.cause, reason);
		t.is(server.accepted, 0);
	});

	for (const scheme of ['http', 'https']) {
		test(`${kind}: aborted while it connects (${scheme}): CANCELLED, nothing left`, async t => {
			const controller = new AbortController();
			const {signal} = controller;
			const reached = gate();
			const server = await serve(t, () => reached.open());
			const transport = open(
				t,
				kind,
				{origin: scheme === 'http' ? 'http://stalled.example' : server.origin.replace('http', 'https')},
				{
					lookup() {
						reached.open();
					},
				},
			);

			const pending = transport.request({...get, signal});
			await reached.promise;
			await turn();
			controller.abort(new Error('enough'));
			await rejection(t, pending, 'CANCELLED');

			t.is(getEventListeners(signal, 'abort').length, 0);
			await server.untilOpen(0);
			await untilClosed(transport);
		});
	}

	test(`${kind}: aborted while it waits for a connection: CANCELLED at once`, async t => {
		const reached = gate();
		const held = gate();
		const server = await serve(
			t,
			answering(async () => {
				reached.open();
				await held.promise;
				return ok('');
			}),
		);
		const transport = open(t, kind, server, {connections: 1});
		const controller = new AbortController();
		const {signal} = controller;
		const first = transport.request(get);
		await reached.promise;

		const pending = transport.request({...get, signal});
		controller.abort(new Error('enough'));
		await rejection(t, pending, 'CANCELLED');

		t.is(getEventListeners(signal, 'abort').length, 0);
		held.open();
		await first;
		await transport.request(get);
		t.is(server.accepted, 1);
	});

	test(`${kind}: a signal that outlives its requests keeps no listener`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x')),
		);
		const transport = open(t, kind, server, {connections: 2});
		const {signal} = new AbortController();

		await Promise.all(Array.from({length: 50}, () => transport.request({...get, signal})));

		t.is(getEventListeners(signal, 'abort').length, 0);
	});
}
