import {openClients} from '../runner/clients.ts';
import {checkLines} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

export const list = defineScenario({
	name: 'list-1m',
	title: '1,000,000 keys listed, one a line',
	claims: [
		{metric: 'throughput', atLeast: 4, against: ['rclone']},
		{metric: 'memory', atMost: 130e6},
	],
	async setup(kit) {
		const objects = kit.scaled(1_000_000);
		const bucket = `keys-${objects}`;
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, s5cmd, node} = await openClients(kit, sinks, {keys: bucket});
		const each = {verify: async (output: string) => checkLines(output, objects)};
		return {
			amount: {objects, unit: 'objects'},
			contenders: [
				sluice('ls keys:k/ -R', each),
				rclone(`lsf a:${bucket} --recursive --fast-list --files-only`, each),
				s5cmd(sinks.a)(`ls s3://${bucket}/*`, each),
				node('AWS SDK, paginator', 'sdk-list')(`${sinks.a.origin}/${bucket}`, each),
			],
			dispose: sinks.close,
		};
	},
});
