import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {openClients} from '../runner/clients.ts';
import {checkObjects, makeFiles} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

const bytes = 4096;

export const uploadSmall = defineScenario({
	name: 'upload-small',
	title: '10,000 files of 4 KiB to S3',
	claims: [
		{metric: 'throughput', atLeast: 2.5, against: ['s5cmd']},
		{metric: 'cpu', atMost: 0.4, against: ['s5cmd']},
	],
	async setup(kit) {
		const objects = kit.scaled(10_000);
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, s5cmd, aws, node} = await openClients(kit, sinks);
		const folder = join(kit.directory, 'small');
		await makeFiles(sinks.a, objects, bytes, folder);
		const each = {prepare: sinks.b.reset, verify: async () => checkObjects(sinks.b, 'x/s/', objects, bytes)};
		return {
			amount: {objects, bytes: objects * bytes, unit: 'objects'},
			contenders: [
				sluice(`cp ${folder}/ b:s/ -r --quiet`, each),
				rclone(`copy ${folder} b:x/s --transfers 32 --checkers 32`, each),
				s5cmd(sinks.b)(`--log error cp ${folder}/ s3://x/s/`, each),
				aws(sinks.b)(`s3 cp ${folder} s3://x/s --recursive --only-show-errors`, {...each, maxRounds: 1}),
				node('AWS SDK, PutObject', 'sdk-put-many')(`${folder} ${sinks.b.origin}/x/s/`, each),
			],
			async dispose() {
				await rm(folder, {recursive: true});
				await sinks.close();
			},
		};
	},
});
