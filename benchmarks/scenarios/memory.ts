import {join} from 'node:path';
import process from 'node:process';
import {openClients} from '../runner/clients.ts';
import {checkObject, generatedKey, makeFile} from '../runner/content.ts';
import {defineScenario} from '../runner/define-scenario.ts';
import {size} from '../runner/format.ts';
import {baseline} from '../runner/programs.ts';
import {startSinks} from '../runner/sink.ts';

const GIB = 1024 ** 3;
const patternBytes = 1024 * 1024;

const streamed = (bytes: number): string => `put of ${size(bytes)} from a pipe`;
const copied = (bytes: number): string => `copy of ${size(bytes)}`;

/**
The sizes are fixed by the claims' names: only the bytes that move are scaled.
*/
export const memory = defineScenario({
	name: 'memory',
	title: 'Does memory grow with the object? Streams from a pipe and copies, small and large',
	long: true,
	claims: [
		{metric: 'memory', atMost: 1.1, subject: streamed(64 * GIB), against: [streamed(GIB)]},
		{metric: 'memory', atMost: 1.1, subject: copied(16 * GIB), against: [copied(GIB)]},
	],
	async setup(kit) {
		const sinks = await startSinks(kit.directory);
		const {sluice} = await openClients(kit, sinks);
		// The sink's content repeats after 1 MiB, so a repeated file has the checksum of a generated object.
		const pattern = await makeFile(sinks.a, patternBytes, join(kit.directory, 'pattern'));
		const row = (bytes: number) => ({
			prepare: sinks.b.reset,
			verify: async () => checkObject(sinks.b, 'x/out', kit.scaled(bytes)),
			amount: {bytes: kit.scaled(bytes), unit: 'bytes'} as const,
		});
		const stream = (bytes: number) =>
			sluice('put - b:out --quiet', {
				...row(bytes),
				as: streamed(bytes),
				before: `${process.execPath} ${baseline('generate')} ${pattern} ${kit.scaled(bytes)} | `,
			});
		const copy = (bytes: number) => sluice(`cp a:${generatedKey(kit.scaled(bytes))} b:out --quiet`, {...row(bytes), as: copied(bytes)});
		return {
			amount: {bytes: kit.scaled(GIB), unit: 'bytes'},
			contenders: [stream(GIB), stream(64 * GIB), copy(GIB), copy(16 * GIB)],
			dispose: sinks.close,
		};
	},
});
