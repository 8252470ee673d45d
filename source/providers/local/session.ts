import type {CallOptions, CompleteOptions, ObjectInfo, Part, PartReceipt, UploadSession, WriteCallOptions} from '../../contract/index.ts';
import {checkAborted} from './abort.ts';
import {flags} from './disk.ts';
import {type At, isErrno, localError} from './errors.ts';
import {encodeKey, folderOf} from './names.ts';
import type {Tree} from './tree.ts';
import {assertPublishable, createDraft, type Draft, discardDraft, failWrite, fillDraft, publishDraft, toDraft} from './write.ts';

/** What a token says: of an upload that was begun, with its options; of one that was found, without. */
interface Ticket {
	readonly key: string;
	/** 32 hexadecimal digits of the name of the temporary file. */
	readonly id: string;
	readonly options?: Pick<WriteCallOptions, 'headers' | 'metadata' | 'condition'>;
}

/** The token of an upload: names no path of this machine. */
export const toToken = ({key, id, options}: Ticket): string => JSON.stringify({key, id, options});

const parseToken = (token: string): Ticket => {
	const at = {operation: 'resume'};
	let ticket: Partial<Ticket>;
	try {
		ticket = JSON.parse(token);
	} catch (error) {
		throw localError('INVALID_ARGUMENT', 'the token is not one of a local upload', at, {cause: error});
	}

	const {key, id, options} = ticket ?? {};
	if (typeof key !== 'string' || key === '' || typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) {
		throw localError('INVALID_ARGUMENT', 'the token is not one of a local upload', at);
	}

	return {key, id, options};
};

const assertGapless = (at: At, parts: readonly PartReceipt[], size: number, offsets: ReadonlyMap<number, number>): void => {
	let end = 0;
	let last = 0;
	for (const {number, size: bytes} of parts) {
		if (number <= last || (offsets.get(number) ?? end) !== end) {
			throw localError('INVALID_ARGUMENT', `part ${number} does not follow the one before`, at, {part: number});
		}

		last = number;
		end += bytes;
	}

	if (end !== size) {
		throw localError('SIZE_MISMATCH', `the parts have ${end} bytes, the object ${size}`, at, {retry: 'never'});
	}
};

/**
An upload into one temporary file, each part at its offset. No file is open between calls, so that a session can be dropped at any time, and gone on with in another process.

With `durable` a part is on the device before its receipt is given: a journal that has the receipt may rely on it after a power failure.
*/
class LocalSession implements UploadSession {
	readonly token: string;
	readonly #tree: Tree;
	readonly #ticket: Ticket;
	readonly #offsets = new Map<number, number>();

	constructor(tree: Tree, ticket: Ticket) {
		this.#tree = tree;
		this.#ticket = ticket;
		this.token = toToken(ticket);
	}

	async part({number, offset, body}: Part, {signal}: CallOptions): Promise<PartReceipt> {
		checkAborted(signal);
		return this.#withFile('part', async ({at}, handle) => {
			await fillDraft(this.#tree, at, handle, offset, body, signal);
			if (this.#tree.options.durable) {
				await this.#tree.disk.sync(at, handle);
			}

			this.#offsets.set(number, offset);
			return {number, size: body.size, crc32c: body.crc32c()!};
		});
	}

	async complete(parts: readonly PartReceipt[], {size, crc32c, signal}: CompleteOptions): Promise<ObjectInfo> {
		checkAborted(signal);
		const {options} = this.#ticket;
		return this.#withFile('complete', async (draft, handle) => {
			const {at} = draft;
			if (!options) {
				throw localError('INVALID_ARGUMENT', 'an upload that was found can only be aborted: its metadata is not known', at);
			}

			assertGapless(at, parts, size, this.#offsets);
			const written = Number(this.#tree.disk.fstat(at, handle).size);
			if (written < size) {
				throw localError('SIZE_MISMATCH', `${written} of ${size} bytes were written`, at, {retry: 'never'});
			}

			if (written > size) {
				await this.#tree.disk.truncate(at, handle, size); // A part that is not among those of the object.
			}

			return publishDraft(this.#tree, draft, handle, {...options, signal}, crc32c);
		});
	}

	async abort(): Promise<void> {
		const at = {operation: 'abort', key: this.#ticket.key};
		let draft: Draft | undefined;
		try {
			draft = await this.#find(at);
			await discardDraft(this.#tree, draft, Number.POSITIVE_INFINITY);
		} catch (error) {
			if (!isErrno(error, 'ENOENT', 'ENOTDIR')) {
				throw error;
			}
		} finally {
			if (draft) {
				this.#tree.close(draft.folder);
			}
		}
	}

	async #find(at: At): Promise<Draft> {
		const {key, id} = this.#ticket;
		return toDraft(at, key, id, await this.#tree.openFolder(at, folderOf(encodeKey(key))));
	}

	async #open(at: At): Promise<{draft: Draft; handle: number}> {
		const draft = await this.#find(at);
		try {
			return {draft, handle: await this.#tree.disk.open(at, draft.file, flags.write)};
		} catch (error) {
			this.#tree.close(draft.folder);
			throw error;
		}
	}

	async #withFile<T>(operation: string, work: (draft: Draft, handle: number) => Promise<T>): Promise<T> {
		const at = {operation, key: this.#ticket.key};
		const opened = await this.#open(at).catch(error => {
			throw isErrno(error, 'ENOENT', 'ENOTDIR') ? localError('UPLOAD_NOT_FOUND', 'there is no such upload', at, {cause: error}) : error;
		});
		try {
			return await work(opened.draft, opened.handle);
		} finally {
			this.#tree.disk.close(opened.handle);
			this.#tree.close(opened.draft.folder);
		}
	}
}

/** The session of a token. @throws `INVALID_ARGUMENT` for one that is not ours. */
export const resumeUpload = (tree: Tree, token: string): UploadSession => new LocalSession(tree, parseToken(token));

/** Begins an upload: makes its temporary file, and the folders of the key. */
export const beginUpload = async (tree: Tree, key: string, options: WriteCallOptions): Promise<UploadSession> => {
	checkAborted(options.signal);
	const at = {operation: 'begin', key};
	const {draft, handle} = await createDraft(tree, at, key);
	const {headers, metadata, condition} = options;
	const session = new LocalSession(tree, {key, id: draft.id, options: {headers, metadata, condition}});
	try {
		await assertPublishable(tree, draft, options);
		return session;
	} catch (error) {
		return await failWrite(error, session.token, () => discardDraft(tree, draft));
	} finally {
		tree.disk.close(handle);
		tree.close(draft.folder);
	}
};
