import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {openClients} from '../runner/clients.ts';
import {checkObject, makeFile} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

export const upload = defineScenario({
	name: 'upload-2gib',
	title: 'A file of 2 GiB from a tmpfs to S3',
	claims: [
		{metric: 'throughput', atLeast: 1.8, against: ['s5cmd', 'rclone']},
		{metric: 'cpu', atMost: 0.5, against: ['s5cmd', 'rclone']},
	],
	async setup(kit) {
		const bytes = kit.scaled(2 * 1024 ** 3);
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, s5cmd, aws, node} = await openClients(kit, sinks);
		const file = await makeFile(sinks.a, bytes, join(kit.directory, 'upload'));
		const each = {prepare: sinks.b.reset, verify: async () => checkObject(sinks.b, 'x/out', bytes)};
		return {
			amount: {bytes, unit: 'bytes'},
			contenders: [
				sluice(`cp ${file} b:out --quiet`, each),
				rclone(`copyto ${file} b:x/out`, each),
				s5cmd(sinks.b)(`--log error cp ${file} s3://x/out`, each),
				aws(sinks.b)(`s3 cp ${file} s3://x/out --only-show-errors`, each),
				node('AWS SDK, lib-storage', 'sdk-put')(`${file} ${sinks.b.origin}/x/out`, each),
			],
			async dispose() {
				await rm(file);
				await sinks.close();
			},
		};
	},
});
