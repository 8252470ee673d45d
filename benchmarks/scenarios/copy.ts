import {openClients} from '../runner/clients.ts';
import {checkObject, generatedKey} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';
import type {Kit, Stage} from '../runner/types.ts';

const GIB = 1024 ** 3;

const stage = async (kit: Kit, tls: boolean): Promise<Stage> => {
	const bytes = kit.scaled(4 * GIB);
	const sinks = await startSinks(kit.directory, {tls});
	const {sluice, rclone, node} = await openClients(kit, sinks);
	const key = generatedKey(bytes);
	const urls = `${sinks.a.origin}/x/${key} ${sinks.b.origin}/x/out`;
	const each = {
		prepare: sinks.b.reset,
		verify: async () => checkObject(sinks.b, 'x/out', bytes),
	};
	return {
		amount: {bytes, unit: 'bytes'},
		contenders: [
			sluice(`cp a:${key} b:out --quiet`, each),
			rclone(`copyto a:x/${key} b:x/out`, each),
			node('bare relay', 'relay')(`${urls} ${bytes}`, each),
			node('node:http piped', 'piped')(`${urls} ${bytes}`, each),
			node('AWS SDK, GetObject into lib-storage', 'sdk-copy')(urls, each),
		],
		dispose: sinks.close,
	};
};

export const copyLarge = defineScenario({
	name: 'copy-4gib',
	title: 'One object of 4 GiB from S3 to S3 through the client, over HTTP',
	claims: [
		{metric: 'throughput', atLeast: 1.8, against: ['rclone']},
		{metric: 'cpu', atMost: 0.35, against: ['rclone']},
		{metric: 'cpu', atMost: 1.2, against: ['bare relay']},
		{metric: 'memory', atMost: 110e6},
	],
	setup: async kit => stage(kit, false),
});

export const copyLargeTls = defineScenario({
	name: 'copy-4gib-tls',
	title: 'The same over HTTPS',
	claims: [
		{metric: 'throughput', atLeast: 1.5, against: ['rclone']},
		{metric: 'cpu', atMost: 0.5, against: ['rclone']},
	],
	setup: async kit => stage(kit, true),
});
