import {execFile} from 'node:child_process';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import test from 'ava';
import {answering} from '../servers/raw.ts';
import {bodyOf, certificate, gate, get, kinds, ok, open, randomBytes, rejection, serve, textOf, untilClosed} from './helpers.ts';

const run = promisify(execFile);

for (const kind of kinds) {
	for (const secure of [false, true]) {
		test(`${kind}: requests follow each other on one connection${secure ? ', over TLS' : ''}`, async t => {
			const server = await serve(
				t,
				answering(({path}) => ok(path)),
				secure ? {tls: certificate('good')} : {},
			);
			const transport = open(t, kind, server);

			for (const path of ['/a', '/b%2F..//c?d=%20', '/d']) {
				const {body} = await transport.request({...get, path});
				t.is(textOf(body), path);
			}

			t.is(server.accepted, 1);
			t.is(transport.connections, 1);
		});
	}

	test(`${kind}: no more connections than allowed; those that wait are served in their order`, async t => {
		const arrived: string[] = [];
		let busy = 0;
		const first = gate();
		const server = await serve(
			t,
			answering(async ({path}) => {
				arrived.push(path);
				busy++;
				t.true(busy <= 3);
				await first.promise;
				busy--;
				return ok(path);
			}),
		);
		const transport = open(t, kind, server, {connections: 3});

		const requests = Array.from({length: 30}, (_, index) => transport.request({...get, path: `/${index}`}));
		await server.untilOpen(3);
		t.is(transport.connections, 3);
		first.open();
		const answers = await Promise.all(requests);

		t.deepEqual(
			answers.map(({body}) => textOf(body)),
			Array.from({length: 30}, (_, index) => `/${index}`),
		);
		// Three at a time: each may overtake only those that are on the wire with it.
		arrived.forEach((path, place) => {
			t.true(Math.abs(Number(path.slice(1)) - place) < 3, arrived.join(' '));
		});
		t.is(server.accepted, 3);
	});

	test(`${kind}: a request that is aborted while it waits lets the others pass`, async t => {
		const held = gate();
		const server = await serve(
			t,
			answering(async ({path}) => {
				await held.promise;
				return ok(path);
			}),
		);
		const transport = open(t, kind, server, {connections: 1});
		const controller = new AbortController();

		const first = transport.request({...get, path: '/1'});
		const second = transport.request({...get, path: '/2', signal: controller.signal});
		const third = transport.request({...get, path: '/3'});
		controller.abort(new Error('enough'));
		await rejection(t, second, 'CANCELLED');
		held.open();

		t.is(textOf((await first).body), '/1');
		t.is(textOf((await third).body), '/3');
		t.is(server.requests.length, 2);
		t.is(server.accepted, 1);
	});

	test(`${kind}: those that wait get a connection of their own when the one they wait for breaks`, async t => {
		const server = await serve(t, async connection => {
			const {path} = await connection.request();
			if (path === '/0') {
				connection.reset();
			} else {
				await connection.send(ok(path, 'connection: close\r\n'));
			}
		});
		const transport = open(t, kind, server, {connections: 1});

		const results = await Promise.allSettled(['/0', '/1', '/2'].map(path => transport.request({...get, path})));

		t.deepEqual(
			results.map(({status}) => status),
			['rejected', 'fulfilled', 'fulfilled'],
		);
		t.is(server.accepted, 3);
	});

	test(`${kind}: those that wait are not forgotten when no connection can be made`, async t => {
		const transport = open(t, kind, {origin: 'http://127.0.0.1:1'}, {connections: 1});

		const results = await Promise.allSettled(Array.from({length: 5}, () => transport.request(get)));

		for (const result of results) {
			t.is(result.status === 'rejected' && result.reason.code, 'CONNECT_FAILED');
		}

		await untilClosed(transport);
	});

	test(`${kind}: a connection is closed after an answer that says so`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x', 'Connection: Keep-Alive, Close\r\n')),
		);
		const transport = open(t, kind, server);

		await transport.request(get);
		await server.untilOpen(0);
		await transport.request(get);

		t.is(server.accepted, 2);
	});

	test(`${kind}: an idle connection that the server ends is forgotten`, async t => {
		const server = await serve(t, async connection => {
			await connection.request();
			await connection.send(ok('x'));
			connection.end();
		});
		const transport = open(t, kind, server);

		for (let count = 0; count < 3; count++) {
			await transport.request(get);
			await server.untilOpen(0);
			await untilClosed(transport);
		}

		t.is(server.accepted, 3);
	});

	test(`${kind}: idle connections are closed after their time`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x')),
		);
		const transport = open(t, kind, server, {keepAliveMilliseconds: 80});

		await Promise.all([transport.request(get), transport.request(get)]);
		t.is(server.open, 2);
		const since = performance.now();
		await server.untilOpen(0);

		t.true(performance.now() - since > 40);
		await untilClosed(transport);
	});

	test(`${kind}: the time of an idle connection does not run while it is used`, async t => {
		const server = await serve(
			t,
			answering(async () => {
				await sleep(150);
				return ok('x');
			}),
		);
		const transport = open(t, kind, server, {keepAliveMilliseconds: 50});

		t.is((await transport.request(get)).status, 200);
	});

	test(`${kind}: close ends idle connections at once, and busy ones when their request is over`, async t => {
		const held = gate();
		const server = await serve(
			t,
			answering(async ({path}) => {
				await (path === '/slow' ? held.promise : undefined);
				return ok(path);
			}),
		);
		const transport = open(t, kind, server);
		const slow = transport.request({...get, path: '/slow'});
		await transport.request(get);
		t.is(server.open, 2);

		await transport.close();
		await server.untilOpen(1);
		held.open();

		t.is(textOf((await slow).body), '/slow');
		await server.untilOpen(0);
		await untilClosed(transport);
	});

	test(`${kind}: idle connections do not keep a process alive`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x')),
			{tls: certificate('good')},
		);
		const script = `
			import {createTransport} from ${JSON.stringify(new URL('../../source/wire/index.ts', import.meta.url).href)};
			const transport = createTransport({origin: ${JSON.stringify(server.origin)}, kind: ${JSON.stringify(kind)}, proxy: false, tls: {insecureSkipVerify: true}});
			const {status} = await transport.request({method: 'GET', path: '/', headers: {}});
			console.log(status, transport.connections);
		`;

		const since = performance.now();
		const {stdout} = await run(process.execPath, ['--input-type=module', '--eval', script], {timeout: 14_000});

		t.is(stdout.trim(), '200 1');
		t.true(performance.now() - since < 14_000);
	});

	test.serial(`${kind}: small requests never wait for each other's acknowledgements`, async t => {
		const server = await serve(
			t,
			answering(() => ok('')),
		);
		const transport = open(t, kind, server);
		const content = randomBytes(100);
		const since = performance.now();

		for (let count = 0; count < 100; count++) {
			await transport.request({method: 'PUT', path: '/k', headers: {}, body: bodyOf(content)});
		}

		t.true(performance.now() - since < 2000);
		t.is(server.accepted, 1);
	});
}
