import {execFile} from 'node:child_process';
import {access, constants} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import type {Tool, Tools} from './types.ts';

const run = promisify(execFile);

const isExecutable = async (path: string): Promise<boolean> => {
	try {
		await access(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
};

/** The path of a program: what the environment variable says, else the first on PATH. */
export const findProgram = async (name: string, variable: string): Promise<string | undefined> => {
	const named = process.env[variable];
	if (named !== undefined) {
		return (await isExecutable(named)) ? named : undefined;
	}

	for (const folder of (process.env.PATH ?? '').split(delimiter)) {
		const path = join(folder, name);
		if (folder !== '' && (await isExecutable(path))) {
			return path;
		}
	}

	return undefined;
};

const askVersion = async (program: string, args: readonly string[]): Promise<string> => {
	const {stdout} = await run(program, [...args], {timeout: 30_000});
	return stdout.trim().split('\n')[0]!;
};

const findPeer = async (name: string, variable: string, versionArgs: readonly string[]): Promise<Tool> => {
	const path = await findProgram(name, variable);
	if (path === undefined) {
		return {name, absent: `not on PATH and ${variable} does not name it`};
	}

	try {
		return {name, path, version: await askVersion(path, versionArgs)};
	} catch {
		return {name, absent: `${path} does not tell its version`};
	}
};

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const findSluice = async (): Promise<Tool> => {
	try {
		return {name: 'sluice', path: main, version: await askVersion(process.execPath, [main, '--version'])};
	} catch {
		return {name: 'sluice', absent: 'dist/cli/main.js does not run; try `npm run build`'};
	}
};

/** Looks for the command line of this repository and for those it is compared with. None of them must be there. */
export const findTools = async (): Promise<Tools> => {
	const [sluice, rclone, s5cmd, aws] = await Promise.all([
		findSluice(),
		findPeer('rclone', 'RCLONE', ['version']),
		findPeer('s5cmd', 'S5CMD', ['version']),
		findPeer('aws', 'AWS', ['--version']),
	]);
	return {sluice, rclone, s5cmd, aws};
};
