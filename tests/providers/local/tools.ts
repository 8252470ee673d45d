import {Buffer} from 'node:buffer';
import {mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import type {Body, Driver, ErrorCode, ReadCallOptions, SluiceError} from '../../../source/contract/index.ts';
import {LocalDriver} from '../../../source/providers/local/driver.ts';
import type {LocalOptions} from '../../../source/providers/local/options.ts';

/** A folder for one test, with the bucket in `root` and room beside it, that is removed at the end. */
export interface Sandbox {
	readonly folder: string;
	readonly root: string;
	readonly driver: LocalDriver;
	/** Another driver of the same bucket. */
	open(options?: Partial<LocalOptions>): LocalDriver;
}

const made: string[] = [];
test.after.always(() => {
	for (const folder of made) {
		rmSync(folder, {recursive: true, force: true});
	}
});

export const createSandbox = (options: Partial<LocalOptions> = {}, within = os.tmpdir()): Sandbox => {
	const folder = mkdtempSync(path.join(within, 'sluice-local-'));
	made.push(folder);
	const root = path.join(folder, 'root');
	mkdirSync(root);
	const open = (more: Partial<LocalOptions> = {}) => new LocalDriver({root, metadata: 'sidecar', durable: false, ...options, ...more});
	return {folder, root, driver: open(), open};
};

/** Both ways of staying below the root: by handles of folders (Linux), and by looking at each name of a path. */
export const ways: readonly {readonly name: string; readonly anchored: boolean}[] = [
	...(process.platform === 'linux' ? [{name: 'by handles', anchored: true}] : []),
	{name: 'by names', anchored: false},
];

/** A body of these bytes, in chunks. */
export const bodyOf = (content: Uint8Array | string, chunkSize = 64 * 1024): Body => {
	const bytes = Buffer.from(content);
	return {
		size: bytes.length,
		crc32c: () => 7,
		async send(write) {
			for (let offset = 0; offset < bytes.length; offset += chunkSize) {
				await write(bytes.subarray(offset, offset + chunkSize));
			}
		},
	};
};

/** All that a read gives. */
export const bytesOf = async (driver: Driver, key: string, options: ReadCallOptions = {}): Promise<Buffer> => {
	const chunks: Buffer[] = [];
	await driver.read(key, options, chunk => {
		chunks.push(Buffer.from(chunk));
	});
	return Buffer.concat(chunks);
};

export const textOf = async (driver: Driver, key: string): Promise<string> => (await bytesOf(driver, key)).toString();

/** Every name below a folder. */
export const treeOf = (folder: string): string[] => readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();

/** Every key of a bucket, in pages of a size. */
export const keysOf = async (driver: Driver, options: {prefix?: string; delimiter?: string; startAfter?: string; limit?: number} = {}) => {
	const keys: string[] = [];
	for (let token: string | undefined, more = true; more; more = token !== undefined) {
		const page = await driver.list({...options, token});
		keys.push(...page.entries.map(({key}) => key));
		token = page.next;
	}

	return keys;
};

export const failsWith = async (t: ExecutionContext, call: Promise<unknown>, code: ErrorCode): Promise<SluiceError> => {
	const error = await t.throwsAsync<SluiceError>(call, {name: 'SluiceError'});
	t.is(error.code, code, error.message);
	t.is(error.provider, 'local');
	return error;
};

const linkOf = (handle: string): string => {
	try {
		return readlinkSync(`/proc/self/fd/${handle}`);
	} catch {
		return '';
	}
};

/** Files and folders of a sandbox that this process has open (Linux). */
export const openOf = ({folder}: Sandbox): string[] =>
	readdirSync('/proc/self/fd')
		.map(linkOf)
		.filter(link => link.startsWith(`${folder}/`));

/** Numbers that look random, from 0 to below a bound, and are the same every time. */
export const createChance = (seed: number) => {
	let state = (seed * 0x9e3779b9) >>> 0 || 1;
	return (below: number): number => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
};

export type Chance = ReturnType<typeof createChance>;
