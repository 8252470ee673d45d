/*
Runs the benchmarks and says what came of each claim. See README.md beside this file.

A missed claim, a failed contender or an absent peer is part of the result: the exit code tells only whether the runner itself worked.
*/
import {rm, writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {describeClaim} from './runner/claims.ts';
import {plainEnvironment} from './runner/clients.ts';
import {describeMachine} from './runner/machine.ts';
import {type Options, parseOptions, usage} from './runner/options.ts';
import {compileBaselines} from './runner/programs.ts';
import {type Report, renderPage, renderResult} from './runner/render.ts';
import {runScenario} from './runner/run-scenario.ts';
import {findTools} from './runner/tools.ts';
import type {Result} from './runner/types.ts';
import {makeWorkspace} from './runner/workspace.ts';
import {scenarios} from './scenarios/index.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const report = (line: string): void => {
	process.stderr.write(`${line}\n`);
};

const runAll = async ({only, long, rounds, scale}: Options, signal: AbortSignal): Promise<Report> => {
	const machine = describeMachine();
	const tools = await findTools();
	await compileBaselines();
	const directory = await makeWorkspace(scale);
	const kit = {directory, tools, scaled: (amount: number) => Math.max(1, Math.round(amount * scale))};
	const results: Result[] = [];
	try {
		for (const scenario of scenarios.filter(({name, long: isLong = false}) => only.test(name) && (long || !isLong))) {
			const result = await runScenario(scenario, {rounds, kit, env: plainEnvironment(directory), report, signal});
			results.push(result);
			process.stdout.write(`${renderResult(result)}\n\n`);
		}
	} finally {
		await rm(directory, {recursive: true, force: true});
	}

	return {date: new Date().toISOString().slice(0, 10), machine, rounds, scale, tools: Object.values(tools), results};
};

const main = async (): Promise<void> => {
	const options = parseOptions(process.argv.slice(2));
	if (options.help) {
		process.stdout.write(`${usage}\n`);
		return;
	}

	if (options.list) {
		const lines = scenarios.map(({name, title, claims}) => [`${name}: ${title}`, ...claims.map(claim => `  ${describeClaim(claim)}`)]);
		process.stdout.write(`${lines.flat().join('\n')}\n`);
		return;
	}

	const controller = new AbortController();
	for (const name of ['SIGINT', 'SIGTERM'] as const) {
		process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
	}

	const result = await runAll(options, controller.signal);
	if (options.json !== undefined) {
		await writeFile(resolve(options.json), `${JSON.stringify(result, undefined, '\t')}\n`);
	}

	if (options.write) {
		await writeFile(page, renderPage(result));
	}
};

await main();
