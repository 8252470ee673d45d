import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {openClients} from '../runner/clients.ts';
import {checkFile, generatedKey} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

export const download = defineScenario({
	name: 'download-2gib',
	title: 'An object of 2 GiB from S3 to a file on a tmpfs',
	claims: [{metric: 'throughput', atLeast: 0.9, against: ['s5cmd', 'rclone']}],
	async setup(kit) {
		const bytes = kit.scaled(2 * 1024 ** 3);
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, s5cmd, aws, node} = await openClients(kit, sinks);
		const file = join(kit.directory, 'download');
		const key = generatedKey(bytes);
		const each = {
			prepare: async () => rm(file, {force: true}),
			verify: async () => checkFile(sinks.a, file, bytes),
		};
		return {
			amount: {bytes, unit: 'bytes'},
			contenders: [
				sluice(`cp a:${key} ${file} --quiet`, each),
				rclone(`copyto a:x/${key} ${file}`, each),
				s5cmd(sinks.a)(`--log error cp s3://x/${key} ${file}`, each),
				aws(sinks.a)(`s3 cp s3://x/${key} ${file} --only-show-errors`, each),
				node('AWS SDK, GetObject', 'sdk-get')(`${sinks.a.origin}/x/${key} ${file}`, each),
			],
			async dispose() {
				await rm(file, {force: true});
				await sinks.close();
			},
		};
	},
});
