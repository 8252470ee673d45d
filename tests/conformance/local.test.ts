import {randomUUID} from 'node:crypto';
import {mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {LocalDriver} from '../../source/providers/local/driver.ts';
import {parseOptions} from '../../source/providers/local/options.ts';
import {KIB} from '../../source/utils/sizes.ts';
import {conformance} from './index.ts';

const base = mkdtempSync(path.join(os.tmpdir(), 'sluice-local-'));
test.after.always(() => rmSync(base, {recursive: true, force: true}));

const linkOf = (handle: string): string => {
	try {
		return readlinkSync(`/proc/self/fd/${handle}`);
	} catch {
		return ''; // The one that was open to read the folder.
	}
};

const rootOf = (bucket: Bucket): string => bucket.driver.location.replace('local:', '');

/** Files and folders of a bucket that are open. */
const countOpen = (bucket: Bucket): number =>
	readdirSync('/proc/self/fd').filter(handle => `${linkOf(handle)}/`.startsWith(`${rootOf(bucket)}/`)).length;

/** Both ways of staying below the root: by handles of folders, and by looking at each name of a path. */
for (const anchored of process.platform === 'linux' ? [true, false] : [false]) {
	const openFolder = (root: string): Bucket =>
		new Bucket(new LocalDriver({...parseOptions({name: 'local', type: 'local', bucket: root, durable: anchored}), anchored}));

	await conformance({
		name: anchored ? 'local' : 'local without /proc',
		partSize: 64 * KIB,
		async open() {
			const root = path.join(base, randomUUID());
			mkdirSync(root);
			return openFolder(root);
		},
		reopen: async bucket => openFolder(rootOf(bucket)),
		busy: process.platform === 'linux' ? countOpen : undefined,
		clean: async bucket => rmSync(rootOf(bucket), {recursive: true}),
		skip: {
			'key:twins:nested': 'a file cannot be a folder, too: `a` and `a/b` exclude each other, with CONFLICT',
			...(process.platform === 'linux'
				? {}
				: {
						'key:twins:case': 'the file system may not tell case apart',
						'key:twins:normal': 'the file system may not tell forms of accents apart',
					}),
		},
	});
}
