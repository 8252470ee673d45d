import {Buffer} from 'node:buffer';
import {type ChildProcess, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {buffer} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';

const main = fileURLToPath(new URL('../../source/cli/main.ts', import.meta.url));

/** How a command ended. */
export interface Ended {
	readonly code: number | null;
	readonly stdout: Buffer;
	readonly stderr: string;
}

/** A command that runs. */
export interface Running {
	readonly child: ChildProcess;
	readonly ended: Promise<Ended>;
}

export interface RunOptions {
	/** What standard input gives. `open`: nothing, but it stays open. Default: nothing. */
	readonly input?: Uint8Array | 'open';
	/** A file descriptor as standard input. */
	readonly descriptor?: number;
	readonly environment?: Readonly<Record<string, string>>;
}

/** A folder with two local buckets, `one` and `two`, a `memory` one that no other command sees, and a configuration. */
export interface Lab {
	readonly folder: string;
	path(...names: readonly string[]): string;
	write(name: string, content: string | Uint8Array): Promise<string>;
	start(args: readonly string[], options?: RunOptions): Running;
	run(args: readonly string[], options?: RunOptions): Promise<Ended>;
}

const configuration = {
	providers: {one: {type: 'local', bucket: './one'}, two: {type: 'local', bucket: './two'}, memory: {type: 'memory', bucket: 'b'}},
	default: 'one',
};

const follow = async (child: ChildProcess): Promise<Ended> => {
	const [stdout, stderr, [code]] = await Promise.all([buffer(child.stdout!), buffer(child.stderr!), once(child, 'close')]);
	return {code: code as number | null, stdout, stderr: stderr.toString()};
};

/** The same bytes for the same seed and size. */
export const seeded = (size: number, seed = 'sluice'): Buffer => {
	const block = createHash('shake256', {outputLength: Math.min(size, 65_537)})
		.update(seed)
		.digest();
	return Buffer.alloc(size, block);
};

/** Makes a lab that is gone after the test. */
export const createLab = async (t: ExecutionContext, config: object = configuration): Promise<Lab> => {
	const folder = await mkdtemp(path.join(tmpdir(), 'sluice-cli-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	const inFolder = (...names: readonly string[]) => path.join(folder, ...names);
	await Promise.all([mkdir(inFolder('one')), mkdir(inFolder('two')), writeFile(inFolder('sluice.config.json'), JSON.stringify(config))]);

	const start: Lab['start'] = (args, {input, descriptor, environment} = {}) => {
		const child = spawn(process.execPath, [main, ...args], {
			cwd: folder,
			env: {PATH: process.env.PATH, ...environment},
			timeout: 60_000,
			killSignal: 'SIGKILL', // A loop would not hear another one.
			stdio: [descriptor ?? 'pipe', 'pipe', 'pipe'],
		});
		t.teardown(() => child.kill('SIGKILL'));
		child.stdin?.on('error', () => {}); // It may go away before it has read all.
		if (input !== 'open') {
			child.stdin?.end(input);
		}

		return {child, ended: follow(child)};
	};

	return {
		folder,
		path: inFolder,
		async write(name, content) {
			await mkdir(path.dirname(inFolder(name)), {recursive: true});
			await writeFile(inFolder(name), content);
			return inFolder(name);
		},
		start,
		run: async (args, options) => start(args, options).ended,
	};
};

/** All files below a folder, sorted. */
export const filesIn = async (folder: string): Promise<string[]> => {
	const found = await readdir(folder, {recursive: true, withFileTypes: true});
	const files = found.filter(entry => !entry.isDirectory());
	return files.map(entry => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
};
