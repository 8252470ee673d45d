import {openClients} from '../runner/clients.ts';
import {checkObjects} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

const bytes = 4096;

export const copySmall = defineScenario({
	name: 'copy-small',
	title: '10,000 objects of 4 KiB from S3 to S3 through the client',
	claims: [{metric: 'throughput', atLeast: 2.5, against: ['rclone']}],
	async setup(kit) {
		const objects = kit.scaled(10_000);
		const bucket = `keys-${objects}`;
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, node} = await openClients(kit, sinks, {keys: bucket});
		const each = {prepare: sinks.b.reset, verify: async () => checkObjects(sinks.b, 'x/s/', objects, bytes)};
		return {
			amount: {objects, bytes: objects * bytes, unit: 'objects'},
			contenders: [
				sluice('cp keys:k/ b:s/ -r --quiet', each),
				rclone(`copy a:${bucket}/k b:x/s --transfers 32 --checkers 32`, each),
				node('AWS SDK, GetObject and PutObject', 'sdk-copy-many')(`${sinks.a.origin}/${bucket} ${sinks.b.origin}/x/s/`, each),
			],
			dispose: sinks.close,
		};
	},
});
