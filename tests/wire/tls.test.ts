import {execFile} from 'node:child_process';
import process from 'node:process';
import {promisify} from 'node:util';
import test from 'ava';
import {createTransport} from '../../source/wire/index.ts';
import {answering} from '../servers/raw.ts';
import {ca, certificate, get, kinds, ok, open, rejection, serve, textOf, untilClosed} from './helpers.ts';

const run = promisify(execFile);
const moduleUrl = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

for (const kind of kinds) {
	for (const host of ['127.0.0.1', 'localhost']) {
		test(`${kind}: a CA of the user's is trusted, for ${host}`, async t => {
			const server = await serve(
				t,
				answering(() => ok('x')),
				{tls: certificate('good')},
			);
			const origin = server.origin.replace('127.0.0.1', host);

			for (const one of [ca, [ca], `# a comment\n${ca}`]) {
				const transport = open(t, kind, {origin}, {tls: {ca: one}, lookup: undefined});
				t.is(textOf((await transport.request(get)).body), 'x');
			}
		});
	}

	const refusals = [
		['a CA that nobody named', 'good', undefined, /tls\.ca/],
		['a certificate that has expired', 'expired', ca, /expired/],
		['a certificate for another host', 'wrong-host', ca, /another host name/],
		['a self-signed certificate', 'self-signed', undefined, /tls\.ca/],
	] as const;
	for (const [what, name, trusted, message] of refusals) {
		test(`${kind}: ${what} is TLS_UNTRUSTED, says why, and no byte of the request goes out`, async t => {
			const server = await serve(
				t,
				async connection => {
					await connection.drain();
					received += connection.receivedLength;
				},
				{tls: certificate(name)},
			);
			let received = 0;
			const transport = open(t, kind, server, {tls: {ca: trusted}});

			const error = await rejection(t, transport.request(get), 'TLS_UNTRUSTED');

			t.is(error.retry, 'never');
			t.regex(error.message, message);
			t.true(error.cause instanceof Error);
			await server.untilOpen(0);
			await untilClosed(transport);
			t.is(received, 0);
		});
	}

	test(`${kind}: NODE_TLS_REJECT_UNAUTHORIZED=0 turns nothing off; the default CAs stay beside the user's`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x')),
			{tls: certificate('good')},
		);
		const script = `
			import {createTransport} from ${moduleUrl('../../source/wire/index.ts')};
			import {readFileSync} from 'node:fs';
			const ca = readFileSync(new URL(${moduleUrl('../fixtures/tls/self-signed.pem')}), 'utf8');
			const common = {origin: ${JSON.stringify(server.origin)}, kind: ${JSON.stringify(kind)}, proxy: false};
			for (const tls of [{}, {ca}, {insecureSkipVerify: true}]) {
				const transport = createTransport({...common, tls});
				console.log(await transport.request({method: 'GET', path: '/', headers: {}}).then(({status}) => status, ({code}) => code));
			}
		`;
		const spawn = (env: NodeJS.ProcessEnv) =>
			run(process.execPath, ['--input-type=module', '--eval', script], {env: {...process.env, ...env}, timeout: 20_000});

		const unsafe = await spawn({NODE_TLS_REJECT_UNAUTHORIZED: '0'});
		// A default CA that a test can have: one from the environment.
		const extra = await spawn({NODE_EXTRA_CA_CERTS: new URL('../fixtures/tls/ca.pem', import.meta.url).pathname});

		t.deepEqual(unsafe.stdout.trim().split('\n'), ['TLS_UNTRUSTED', 'TLS_UNTRUSTED', '200']);
		t.deepEqual(extra.stdout.trim().split('\n'), ['200', '200', '200']);
	});

	test(`${kind}: text that is no certificate is refused when the transport is made`, t => {
		const {cert, key} = certificate('good');
		const broken = ca.replace(/[a-z]{4}/gi, '!!!!').replaceAll(/-.*!.*-/g, '');
		for (const tls of [
			{ca: ''},
			{ca: 'junk'},
			{ca: [ca, 'junk']},
			{ca: `-----BEGIN CERTIFICATE-----\n${broken}\n-----END CERTIFICATE-----`},
			{cert, key: certificate('expired').key},
			{cert: 'junk', key},
			{cert, key: 'junk'},
		]) {
			const error = t.throws(() => createTransport({origin: 'https://a.example', kind, proxy: false, tls}), {code: 'INVALID_ARGUMENT'});
			t.regex(error?.message ?? '', /tls\.ca/);
		}
	});

	test(`${kind}: TLS to a server that speaks plain HTTP is TLS_FAILED`, async t => {
		const server = await serve(t, async connection => {
			await connection.read(10);
			await connection.send('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
			connection.end();
		});
		const transport = open(t, kind, {origin: server.origin.replace('http', 'https')});

		const error = await rejection(t, transport.request(get), 'TLS_FAILED');

		t.is(error.retry, 'transient');
		await server.untilOpen(0);
		await untilClosed(transport);
	});

	test(`${kind}: plain HTTP to a server that speaks TLS is an error`, async t => {
		const server = await serve(
			t,
			answering(() => ok('x')),
			{tls: certificate('good')},
		);

		const error = await t.throwsAsync<Error & {code: string}>(
			open(t, kind, {origin: server.origin.replace('https', 'http')}).request(get),
			{name: 'SluiceError'},
		);

		t.true(['BAD_RESPONSE', 'CONNECTION_LOST'].includes(error.code), error.code);
	});

	for (const how of ['FIN', 'RST'] as const) {
		for (const [when, greeting] of [
			['before the server says a word', ''],
			['in mid-handshake', '\u0016\u0003\u0003\u0000\u007a\u0002\u0000'],
		] as const) {
			test(`${kind}: a handshake cut by a ${how} ${when} is TLS_FAILED`, async t => {
				const server = await serve(t, async connection => {
					await connection.read(10);
					await connection.send(greeting);
					if (how === 'FIN') {
						connection.end();
					} else {
						connection.reset();
					}
				});
				const transport = open(t, kind, {origin: server.origin.replace('http', 'https')});

				const error = await rejection(t, transport.request(get), 'TLS_FAILED');

				t.is(error.retry, 'transient');
				await server.untilOpen(0);
				await untilClosed(transport);
			});
		}
	}

	test(`${kind}: a record that is changed on its way is an error, and nothing of it is consumed`, async t => {
		const server = await serve(
			t,
			async connection => {
				await connection.request();
				await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
				connection.under.write(Buffer.from('1703030020'.padEnd(74, '5a'), 'hex'));
			},
			{tls: certificate('good')},
		);
		let received = 0;

		await rejection(
			t,
			open(t, kind, server).request({
				...get,
				consume(chunk) {
					received += chunk.length;
				},
			}),
			'TRUNCATED',
		);

		t.is(received, 5);
		await server.untilOpen(0);
	});
}
