import type {LookupFunction} from 'node:net';
import test from 'ava';
import {createTransport} from '../../source/wire/index.ts';
import {answering} from '../servers/raw.ts';
import {certificate, get, kinds, ok, open, rejection, serve, textOf, untilClosed} from './helpers.ts';

/** A resolver that gives these addresses, or fails with this code; counts its calls. */
const resolver = (answer: readonly string[] | string): {readonly lookup: LookupFunction; calls: number} => {
	const stub: {lookup: LookupFunction; calls: number} = {
		calls: 0,
		lookup(hostname, options, callback) {
			stub.calls++;
			if (typeof answer === 'string') {
				const error = Object.assign(new Error(`getaddrinfo ${answer} ${hostname}`), {code: answer});
				process.nextTick(callback, error, []);
				return;
			}

			const addresses = answer.map(address => ({address, family: 4}));
			if (options.all) {
				process.nextTick(callback, null, addresses);
			} else {
				process.nextTick(callback, null, addresses[0]!.address, 4);
			}
		},
	};
	return stub;
};

for (const kind of kinds) {
	for (const secure of [false, true]) {
		test(`${kind}: when one of two addresses is dead the other is used${secure ? ', over TLS' : ''}`, async t => {
			const server = await serve(
				t,
				answering(() => ok('x')),
				secure ? {tls: certificate('good')} : {},
			);
			const {lookup} = resolver(['127.0.0.2', '127.0.0.1']);
			const transport = open(t, kind, {origin: server.origin.replace('127.0.0.1', 'localhost')}, {lookup});

			t.is(textOf((await transport.request(get)).body), 'x');
			t.is(server.accepted, 1);
		});
	}

	test(`${kind}: a host that does not exist is HOST_NOT_FOUND, asked for once, and not worth a retry`, async t => {
		const stub = resolver('ENOTFOUND');
		const transport = open(t, kind, {origin: 'http://nowhere.example'}, {lookup: stub.lookup});

		const error = await rejection(t, transport.request(get), 'HOST_NOT_FOUND');

		t.is(error.retry, 'never');
		t.regex(error.message, /nowhere\.example/);
		t.is(stub.calls, 1);
		await untilClosed(transport);
	});

	test(`${kind}: a resolver in trouble is worth a retry`, async t => {
		const {lookup} = resolver('EAI_AGAIN');
		const transport = open(t, kind, {origin: 'https://somewhere.example'}, {lookup});

		const error = await rejection(t, transport.request(get), 'CONNECT_FAILED');

		t.is(error.retry, 'transient');
		t.regex(error.message, /EAI_AGAIN/);
	});

	for (const scheme of ['http', 'https']) {
		test(`${kind}: a port where nobody listens is CONNECT_FAILED (${scheme})`, async t => {
			const transport = open(t, kind, {origin: `${scheme}://127.0.0.1:1`});

			const error = await rejection(t, transport.request(get), 'CONNECT_FAILED');

			t.is(error.retry, 'transient');
			t.regex(error.message, /ECONNREFUSED/);
			await untilClosed(transport);
		});
	}

	for (const origin of ['ftp://a', 'a', 'http://a/b', 'http://a?b', 'http://a#b', 'http://u:p@a', 'http://', 'https://a/x/..%2f']) {
		test(`${kind}: ${origin} is no origin`, t => {
			t.throws(() => createTransport({origin, kind, proxy: false}), {code: 'INVALID_ARGUMENT'});
		});
	}
}
