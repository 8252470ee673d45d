import test from 'ava';
import {certificate, kinds, open, serve, untilClosed} from './helpers.ts';
import {faultyTalk, soak} from './soak.ts';

for (const kind of kinds) {
	for (const secure of [false, true]) {
		test.serial(`${kind}: random requests against random faults${secure ? ', over TLS' : ''}`, async t => {
			const server = await serve(t, faultyTalk, secure ? {tls: certificate('good')} : {});
			const transport = open(t, kind, server, {connections: 8});
			const end = performance.now() + 800;

			const {wrong, outcomes} = await soak(transport, () => performance.now() > end, 3);

			t.deepEqual(wrong, []);
			t.true(outcomes.success! > 20, JSON.stringify(outcomes));
			await transport.close();
			await untilClosed(transport);
			await server.untilOpen(0);
		});
	}
}
