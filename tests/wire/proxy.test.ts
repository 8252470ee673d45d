import net from 'node:net';
import process from 'node:process';
import type {ExecutionContext} from 'ava';
import test from 'ava';
import {createTransport, type TransportOptions} from '../../source/wire/index.ts';
import {proxyOf} from '../../source/wire/proxy.ts';
import {answering, type RawServer} from '../servers/raw.ts';
import {bodyOf, ca, certificate, get, ok, rejection, serve, textOf, untilClosed} from './helpers.ts';

const open = (t: ExecutionContext, origin: string, proxy: string, options: Partial<TransportOptions> = {}) => {
	const transport = createTransport({origin, proxy, tls: {ca}, ...options});
	t.teardown(() => transport.close());
	return transport;
};

/** A proxy that connects to where it is told. */
const tunnelling = (t: ExecutionContext, {tls}: {tls?: {cert: string; key: string}} = {}): Promise<RawServer> =>
	serve(
		t,
		async connection => {
			const {path} = await connection.request();
			const [, port] = path.split(':');
			const onward = net.connect(Number(port), '127.0.0.1');
			onward.on('error', () => connection.socket.destroy());
			onward.on('close', () => connection.socket.destroy());
			connection.socket.on('close', () => onward.destroy());
			await connection.send('HTTP/1.1 200 Connection established\r\n\r\n');
			connection.socket.pipe(onward);
			onward.pipe(connection.socket);
			await new Promise(resolve => onward.once('close', resolve));
		},
		{tls},
	);

const secrets = /proxy-authorization|dTpwQHM=/i; // `u:p@s` in Base64.

for (const secure of [false, true]) {
	const over = secure ? ', itself over TLS' : '';
	const tls = secure ? {tls: certificate('good')} : {};

	test(`HTTP goes through a proxy in absolute form, credentials to the proxy${over}`, async t => {
		const proxy = await serve(
			t,
			answering(({path}) => ok(path)),
			tls,
		);
		const transport = open(t, 'http://origin.example:8080', proxy.origin.replace('://', '://u:p%40s@'));

		for (let count = 0; count < 2; count++) {
			const {body} = await transport.request({
				method: 'PUT',
				path: '/a%20b?c=d',
				headers: {'x-a': '1'},
				body: bodyOf(Buffer.from('hello')),
			});
			t.is(textOf(body), 'http://origin.example:8080/a%20b?c=d');
		}

		const {head, body} = proxy.requests[0]!;
		t.regex(head, /\r\nhost: origin\.example:8080/i);
		t.regex(head, /\r\nproxy-authorization: Basic dTpwQHM=/i);
		t.is(textOf(body), 'hello');
		t.is(proxy.accepted, 1);
	});

	test(`HTTPS goes through a tunnel; the proxy sees the host only, the origin no credentials${over}`, async t => {
		const origin = await serve(
			t,
			answering(({path}) => ok(path)),
			{tls: certificate('good')},
		);
		const proxy = await tunnelling(t, tls);
		const transport = open(t, origin.origin, proxy.origin.replace('://', '://u:p%40s@'));

		for (const path of ['/secret', '/other']) {
			t.is(textOf((await transport.request({...get, path})).body), path);
		}

		t.is(proxy.requests.length, 1);
		t.regex(proxy.requests[0]!.head, new RegExp(`^CONNECT 127\\.0\\.0\\.1:${origin.port} HTTP/1\\.1\r\n`));
		t.regex(proxy.requests[0]!.head, secrets);
		t.notRegex(proxy.requests[0]!.head, /secret/);
		t.is(origin.requests.length, 2);
		for (const {head} of origin.requests) {
			t.notRegex(head, secrets);
		}
	});
}

for (const [status, retry] of [
	[407, 'never'],
	[403, 'never'],
	[502, 'transient'],
	[503, 'transient'],
] as const) {
	test(`a tunnel that the proxy refuses with ${status} is PROXY_FAILED, retry ${retry}`, async t => {
		const proxy = await serve(
			t,
			answering(() => `HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`),
		);
		const transport = open(t, 'https://origin.example', proxy.origin.replace('://', '://u:p%40s@'));

		const error = await rejection(t, transport.request(get), 'PROXY_FAILED');

		t.is(error.retry, retry);
		t.is(error.status, status);
		t.notRegex(error.message, /p@s/);
		await proxy.untilOpen(0);
		await untilClosed(transport);
	});
}

test('a 407 to plain HTTP is PROXY_FAILED, since only a proxy says that; other statuses are the answer', async t => {
	const proxy = await serve(
		t,
		answering(({path}) => ok('x').replace('200', path.slice(-3))),
	);
	const transport = open(t, 'http://origin.example', proxy.origin);

	const error = await rejection(t, transport.request({...get, path: '/407'}), 'PROXY_FAILED');
	t.is(error.retry, 'never');
	t.is(error.status, 407);
	t.is((await transport.request({...get, path: '/502'})).status, 502);
});

for (const origin of ['http://origin.example', 'https://origin.example']) {
	test(`a proxy that is not there is PROXY_FAILED, worth a retry (${origin})`, async t => {
		const transport = open(t, origin, 'http://127.0.0.1:1');

		const error = await rejection(t, transport.request(get), 'PROXY_FAILED');

		t.is(error.retry, 'transient');
		t.regex(error.message, /proxy 127\.0\.0\.1/);
		await untilClosed(transport);
	});

	test(`a proxy whose certificate is not trusted gets no credentials (${origin})`, async t => {
		let received = 0;
		const proxy = await serve(
			t,
			async connection => {
				received += await connection.drain();
			},
			{tls: certificate('self-signed')},
		);
		const transport = open(t, origin, proxy.origin.replace('://', '://u:p%40s@'));

		const error = await rejection(t, transport.request(get), 'PROXY_FAILED');

		t.is(error.retry, 'never');
		await proxy.untilOpen(0);
		t.is(received, 0);
	});
}

test('a proxy that says nothing is CONNECT_TIMEOUT', async t => {
	const proxy = await serve(t, async connection => {
		await connection.drain();
	});
	const transport = open(t, 'https://origin.example', proxy.origin, {timeouts: {connect: 100}});

	await rejection(t, transport.request(get), 'CONNECT_TIMEOUT');

	await proxy.untilOpen(0);
	await untilClosed(transport);
});

test('a request that is aborted while its tunnel is made is CANCELLED at once', async t => {
	const reached = Promise.withResolvers<void>();
	const proxy = await serve(t, async connection => {
		await connection.request();
		reached.resolve();
	});
	const controller = new AbortController();
	const pending = open(t, 'https://origin.example', proxy.origin, {timeouts: {connect: 3000}}).request({
		...get,
		signal: controller.signal,
	});
	await reached.promise;
	const since = performance.now();
	controller.abort();

	await rejection(t, pending, 'CANCELLED');

	t.true(performance.now() - since < 2500);
	await proxy.untilOpen(0);
});

test('the certificate of the origin is checked through a tunnel', async t => {
	const origin = await serve(
		t,
		answering(() => ok('')),
		{tls: certificate('wrong-host')},
	);
	const proxy = await tunnelling(t);

	await rejection(t, open(t, origin.origin, proxy.origin).request(get), 'TLS_UNTRUSTED');

	t.is(origin.requests.length, 0);
	await proxy.untilOpen(0);
});

const environment = (t: ExecutionContext, variables: Record<string, string>): void => {
	const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap(name => [name, name.toLowerCase()]);
	const before = names.map(name => [name, process.env[name]] as const);
	for (const name of names) {
		delete process.env[name];
	}

	Object.assign(process.env, variables);
	t.teardown(() => {
		for (const [name, value] of before) {
			delete process.env[name];
			if (value !== undefined) {
				process.env[name] = value;
			}
		}
	});
};

test.serial('HTTPS_PROXY and HTTP_PROXY are for their schemes, lower case wins, `proxy: false` for none', t => {
	environment(t, {HTTPS_PROXY: 'http://upper:1', HTTP_PROXY: 'plain:3128', https_proxy: 'https://lower'});

	t.like(proxyOf('https://a.example'), {hostname: 'lower', port: 443, secure: true, authorization: undefined});
	t.like(proxyOf('http://a.example'), {hostname: 'plain', port: 3128, secure: false});
	t.is(proxyOf('https://a.example', false), undefined);
	t.like(proxyOf('https://a.example', 'http://[::1]:3128'), {hostname: '::1', port: 3128});
});

test.serial('loopback is exempt from the proxies of the environment, not from one that is named', t => {
	environment(t, {HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:1'});

	for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'localhost:9000']) {
		t.is(proxyOf(`http://${host}`), undefined);
		t.is(proxyOf(`https://${host}`), undefined);
		t.like(proxyOf(`http://${host}`, 'http://p:1'), {hostname: 'p'});
	}

	for (const host of ['localhost.example', '127.0.0.1.example', '128.0.0.1']) {
		t.like(proxyOf(`http://${host}`), {hostname: 'p'});
	}
});

const exemptions: Record<string, {exempt: string[]; not: string[]}> = {
	'*': {exempt: ['https://a.example', 'https://10.0.0.1:9000'], not: []},
	'a.example': {exempt: ['https://a.example', 'https://b.a.example', 'https://A.EXAMPLE'], not: ['https://ba.example', 'https://example']},
	'.a.example': {exempt: ['https://a.example', 'https://b.a.example'], not: ['https://ba.example']},
	'*.a.example': {exempt: ['https://b.a.example'], not: ['https://ba.example']},
	'A.Example': {exempt: ['https://a.example'], not: []},
	'a.example:9000': {exempt: ['https://a.example:9000'], not: ['https://a.example', 'https://a.example:9001']},
	'a.example:443': {exempt: ['https://a.example'], not: []},
	'x, y.example,a.example': {exempt: ['https://a.example', 'https://x', 'https://y.example'], not: ['https://z.example']},
	'x y.example': {exempt: ['https://x', 'https://y.example'], not: ['https://a.example']},
	'10.0.0.1': {exempt: ['https://10.0.0.1', 'https://10.0.0.1:9000'], not: ['https://10.0.0.10', 'https://110.0.0.1']},
	'2001:db8::1': {exempt: ['https://[2001:db8::1]', 'https://[2001:DB8::1]:9000'], not: ['https://[2001:db8::11]', 'https://[2001:db8::]']},
	'[2001:db8::1]:9000': {exempt: ['https://[2001:db8::1]:9000'], not: ['https://[2001:db8::1]']},
	'': {exempt: [], not: ['https://a.example']},
	',,': {exempt: [], not: ['https://a.example']},
};

for (const [list, {exempt, not}] of Object.entries(exemptions)) {
	test.serial(`NO_PROXY=${JSON.stringify(list)}`, t => {
		environment(t, {HTTPS_PROXY: 'http://p:1', NO_PROXY: list});

		for (const origin of exempt) {
			t.is(proxyOf(origin), undefined, origin);
		}

		for (const origin of not) {
			t.like(proxyOf(origin), {hostname: 'p'}, origin);
		}

		t.pass();
	});
}

test.serial('what is no proxy URL is refused, and not shown: it may hold a password', t => {
	environment(t, {});

	for (const text of ['socks5://u:secret@p', 'http://', 'http://u:secret@', 'http://p:99999', '::']) {
		const error = t.throws(() => proxyOf('https://a.example', text), {code: 'INVALID_ARGUMENT'}, text);
		t.notRegex(error?.message ?? '', /secret/);
	}

	t.is(proxyOf('https://a.example', 'http://u:50%25%@p')?.authorization, `Basic ${Buffer.from('u:50%%').toString('base64')}`);
});
