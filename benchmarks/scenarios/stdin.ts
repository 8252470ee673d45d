import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {openClients} from '../runner/clients.ts';
import {checkObject, makeFile} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {startSinks} from '../runner/sink.ts';

export const stdin = defineScenario({
	name: 'stdin-2gib',
	title: 'A stream of 2 GiB of unknown length from a pipe to S3; the CPU includes that of `cat`',
	claims: [
		{metric: 'throughput', atLeast: 1.4, against: ['rclone']},
		{metric: 'throughput', atLeast: 1, against: ['s5cmd']},
		{metric: 'cpu', atMost: 0.65, against: ['s5cmd']},
		{metric: 'memory', atMost: 110e6},
	],
	async setup(kit) {
		const bytes = kit.scaled(2 * 1024 ** 3);
		const sinks = await startSinks(kit.directory);
		const {sluice, rclone, s5cmd, aws, node} = await openClients(kit, sinks);
		const file = await makeFile(sinks.a, bytes, join(kit.directory, 'stdin'));
		const each = {
			before: `cat ${file} | `,
			prepare: sinks.b.reset,
			verify: async () => checkObject(sinks.b, 'x/out', bytes),
		};
		return {
			amount: {bytes, unit: 'bytes'},
			contenders: [
				sluice('put - b:out --quiet', each),
				rclone('rcat b:x/out', each),
				s5cmd(sinks.b)('pipe --concurrency 4 --part-size 16 s3://x/out', each),
				aws(sinks.b)('s3 cp - s3://x/out --only-show-errors', each),
				node('AWS SDK, lib-storage', 'sdk-put')(`- ${sinks.b.origin}/x/out`, each),
			],
			async dispose() {
				await rm(file);
				await sinks.close();
			},
		};
	},
});
