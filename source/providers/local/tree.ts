import {existsSync, realpathSync} from 'node:fs';
import process from 'node:process';
import type {SluiceError} from '../../contract/index.ts';
import {Disk, flags} from './disk.ts';
import {type At, isErrno, localError} from './errors.ts';
import {decodePath, folderOf, joinPath, nameOf} from './names.ts';
import type {LocalOptions} from './options.ts';
import {Shared} from './shared.ts';

/** A folder that stays the same one while it is in use, whatever happens to its path. */
export interface Folder {
	/** What its entries are reached by. */
	readonly path: string;
	/** Its path when it was opened, by which two handles of one folder are known. */
	readonly full: string;
	readonly handle?: number;
	/** How many of the last folders of its path were made for it. */
	readonly created: number;
}

/** Where Linux has a way to every open file, and through an open folder to its entries, that no link can divert. */
const handles = '/proc/self/fd';

/** How often a folder may be removed just when it is needed. */
export const folderTries = 16;

/** Node's permission model may forbid `/proc`. */
const canAnchor = (): boolean => {
	const {permission} = process;
	const isAllowed = !permission || (permission.has('fs.read', handles) && permission.has('fs.write', handles));
	return process.platform === 'linux' && isAllowed && existsSync(handles);
};

/**
The folder of a bucket, from which no path leads out.

The root itself may be a link; what it points to when it is first used is the root from then on. Below it no symbolic link is followed, at any place of a path. On Linux that holds against someone who swaps links at the same time, too: a file is opened first, and the kernel then asked where that file is; files are made, renamed and removed by way of the handle of their folder (`/proc/self/fd`), which was checked the same way. Elsewhere each name of the path is looked at before it is used, and who can swap a folder for a link between the two can divert the call: do not share the folder with people you do not trust there.

Paths given to methods are relative, with `/` between names, as `encodeKey` makes them.
*/
export class Tree {
	readonly disk = new Disk();
	readonly options: LocalOptions;
	readonly #anchored: boolean;
	readonly #syncs = new Shared();
	#home: string | undefined;

	constructor(options: LocalOptions) {
		this.options = options;
		this.#anchored = options.anchored ?? canAnchor();
	}

	/** The real path of the root; as it was given, while it does not exist. */
	get location(): string {
		try {
			return this.#home ?? realpathSync.native(this.options.root);
		} catch {
			return this.options.root;
		}
	}

	/** The root, found at first use. @throws `BUCKET_NOT_FOUND`. */
	async home(at: At): Promise<string> {
		if (this.#home === undefined) {
			try {
				const home = await this.disk.realpath(at, this.options.root);
				await this.disk.survey(at, home);
				this.#home = home;
			} catch (error) {
				throw isErrno(error, 'ENOENT', 'ENOTDIR') ? noBucket(at, error) : error;
			}
		}

		return this.#home;
	}

	/** Path of a file as it is; for calls that cannot do harm when it is diverted. */
	async absolute(at: At, path: string): Promise<string> {
		const home = this.#home ?? (await this.home(at));
		return path === '' ? home : `${home === '/' ? '' : home}/${path}`;
	}

	/** Whether there is something of this name; a quick look in the kernel's memory of names. */
	async has(at: At, path: string): Promise<boolean> {
		return existsSync(await this.absolute(at, path));
	}

	/**
	Opens a file below the root.

	@throws `NOT_FOUND`, `BUCKET_NOT_FOUND`, `UNSAFE_PATH` at a symbolic link.
	*/
	async openFile(at: At, path: string, mode: number): Promise<number> {
		const full = await this.absolute(at, path);
		await this.#checkLinks(at, path);
		let handle: number;
		try {
			handle = await this.disk.open(at, full, mode);
		} catch (error) {
			throw await this.#explain(at, path, error as SluiceError, 'NOT_FOUND');
		}

		if (this.#isAt(at, handle, path, full)) {
			return handle;
		}

		this.disk.close(handle);
		throw await this.#explain(at, path, diverted(at), 'NOT_FOUND');
	}

	/** Opens a file only to ask what it is: needs no permission to read it, and does nothing to a device. */
	async look(at: At, path: string) {
		if (!this.#anchored) {
			await this.#checkLinks(at, path);
			const stats = await this.disk.lstat(at, await this.absolute(at, path));
			return (
				stats ??
				Promise.reject(await this.#explain(at, path, localError('NOT_FOUND', 'there is none', at, {providerCode: 'ENOENT'}), 'NOT_FOUND'))
			);
		}

		const handle = await this.openFile(at, path, flags.look);
		try {
			return this.disk.fstat(at, handle);
		} finally {
			this.disk.close(handle);
		}
	}

	/** A path that means an open file, and only it. */
	entryOf(handle: number): string | undefined {
		return this.#anchored ? `${handles}/${handle}` : undefined;
	}

	/**
	Opens a folder below the root; `create` makes it, and those above it.

	@throws `NOT_FOUND`, `BUCKET_NOT_FOUND`, `UNSAFE_PATH` at a symbolic link, `CONFLICT` where a file is in the way.
	*/
	async openFolder(at: At, path: string, create = false): Promise<Folder> {
		const full = await this.absolute(at, path);
		try {
			await this.#checkLinks(at, path);
			const folder = await this.#enter(at, full);
			if (folder.handle === undefined || this.#isAt(at, folder.handle, path, full)) {
				return folder;
			}

			this.close(folder);
		} catch (error) {
			if (create && path !== '' && isErrno(error, 'ENOENT')) {
				return this.#createFolderAnew(at, path);
			}

			throw await this.#explain(at, path, error as SluiceError, create ? 'CONFLICT' : 'NOT_FOUND');
		}

		throw await this.#explain(at, path, diverted(at), 'CONFLICT');
	}

	close(folder: Folder): void {
		if (folder.handle !== undefined) {
			this.disk.close(folder.handle);
		}
	}

	/** Waits until the names in the folder are on the device. Windows has no such call. */
	async syncFolder(at: At, folder: Folder): Promise<void> {
		if (!this.options.durable || process.platform === 'win32') {
			return;
		}

		await this.#syncs.run(folder.full, async () => {
			const handle = folder.handle ?? (await this.disk.open(at, folder.path, flags.folder));
			try {
				await this.disk.sync(at, handle);
			} finally {
				if (folder.handle === undefined) {
					this.disk.close(handle);
				}
			}
		});
	}

	/** Removes a folder and those above it, at most `levels`, until one is not empty. What stands in the way stays there. */
	async prune(at: At, path: string, levels = Number.POSITIVE_INFINITY): Promise<void> {
		let folder: Folder | undefined;
		try {
			for (let current = path; current !== '' && levels > 0; current = folderOf(current), levels--) {
				folder = await this.openFolder(at, folderOf(current));
				await this.disk.rmdir(at, `${folder.path}/${nameOf(current)}`);
				this.close(folder);
				folder = undefined;
			}
		} catch {
			// Not empty any more, or not ours to remove.
		} finally {
			if (folder) {
				this.close(folder);
			}
		}
	}

	/** Somebody may remove a folder, because it got empty, just when another one is to be made in it. */
	async #createFolderAnew(at: At, path: string): Promise<Folder> {
		for (let tries = 1; ; tries++) {
			try {
				return await this.#createFolder(at, path);
			} catch (error) {
				if (!isErrno(error, 'ENOENT') || error.code === 'BUCKET_NOT_FOUND' || tries === folderTries) {
					throw error;
				}
			}
		}
	}

	async #createFolder(at: At, path: string): Promise<Folder> {
		const parent = await this.openFolder(at, folderOf(path), true);
		try {
			const full = `${parent.path}/${nameOf(path)}`;
			let created = parent.created;
			try {
				await this.disk.mkdir(at, full);
				created++;
				await this.syncFolder(at, parent);
			} catch (error) {
				if (!isErrno(error, 'EEXIST')) {
					throw error;
				}
			}

			return {...(await this.#enter(at, full)), full: await this.absolute(at, path), created};
		} catch (error) {
			await this.prune(at, folderOf(path), parent.created);
			throw await this.#explain(at, path, error as SluiceError, 'CONFLICT');
		} finally {
			this.close(parent);
		}
	}

	async #enter(at: At, full: string): Promise<Folder> {
		if (this.#anchored) {
			const handle = await this.disk.open(at, full, flags.folder);
			return {path: `${handles}/${handle}`, full, handle, created: 0};
		}

		const stats = await this.disk.lstat(at, full);
		if (!stats?.isDirectory()) {
			throw localError('NOT_FOUND', 'there is no such folder', at, {providerCode: stats ? 'ENOTDIR' : 'ENOENT'});
		}

		return {path: full, full, created: 0};
	}

	/** Whether no link was followed on the way; of the last name `open` has made sure. A file that was replaced or removed since is still the one that was asked for. */
	#isAt(at: At, handle: number, path: string, full: string): boolean {
		if (!this.#anchored || !path.includes('/')) {
			return true;
		}

		const found = this.disk.whereIs(at, handle);
		return found === full || found === `${full} (deleted)`;
	}

	async #checkLinks(at: At, path: string): Promise<void> {
		if (!this.#anchored) {
			const found = await this.#survey(at, path);
			if (found.kind === 'link') {
				throw isLink(at, found.path);
			}
		}
	}

	/** Walks down a path without following anything; tells where it ends, and at what. */
	async #survey(at: At, path: string) {
		let walked = '';
		let stats = await this.disk.lstat(at, await this.absolute(at, ''));
		if (!stats?.isDirectory()) {
			return {kind: 'no bucket', path: ''} as const;
		}

		for (const name of path === '' ? [] : path.split('/')) {
			if (!stats.isDirectory()) {
				break;
			}

			walked = joinPath(walked, name);
			stats = await this.disk.lstat(at, await this.absolute(at, walked));
			if (!stats) {
				return {kind: 'nothing', path: walked} as const;
			}
		}

		const kind = stats.isSymbolicLink() ? 'link' : stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'special';
		return {kind, path: walked} as const;
	}

	/** The error that a caller should see, for one that may have a symbolic link or a file instead of a folder behind it. */
	async #explain(at: At, path: string, error: SluiceError, absent: 'NOT_FOUND' | 'CONFLICT'): Promise<SluiceError> {
		if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EEXIST', 'DIVERTED')) {
			return error;
		}

		const found = await this.#survey(at, path);
		if (found.kind === 'no bucket') {
			return noBucket(at, error.cause);
		}

		if (found.kind === 'link') {
			return isLink(at, found.path, error.cause);
		}

		if (found.kind === 'special') {
			return localError('UNSAFE_PATH', `\`${found.path}\` is no regular file`, at, {cause: error.cause});
		}

		if (found.kind === 'file' && absent === 'CONFLICT') {
			const reason = `\`${decodePath(found.path) ?? found.path}\` is a file, and a file cannot be a folder, too: in a local bucket the keys \`a\` and \`a/b\` exclude each other`;
			return localError('CONFLICT', reason, at, {cause: error.cause, retry: 'never'});
		}

		return error.code === 'CONFLICT'
			? localError('NOT_FOUND', 'there is no such object', at, {cause: error.cause, providerCode: error.providerCode})
			: error;
	}
}

const noBucket = (at: At, cause: unknown): SluiceError =>
	localError('BUCKET_NOT_FOUND', 'the folder of the bucket does not exist', at, {cause});

const isLink = (at: At, path: string, cause?: unknown): SluiceError =>
	localError('UNSAFE_PATH', `\`${path}\` is a symbolic link`, at, {cause});

const diverted = (at: At): SluiceError =>
	localError('UNSAFE_PATH', 'the path leads to another place than it says', at, {providerCode: 'DIVERTED'});
