import type {Consume, ObjectInfo, WriteCallOptions} from '../../contract/index.ts';
import {MIB} from '../../utils/sizes.ts';
import {checkAborted} from './abort.ts';
import {type At, isErrno} from './errors.ts';
import {revisionOf} from './info.ts';
import {putObject} from './put.ts';
import {assertUnchanged, openSource, readObject, type Source} from './read.ts';
import {toToken} from './session.ts';
import type {Tree} from './tree.ts';
import {assertPublishable, createDraft, discardDraft, failWrite, publishDraft} from './write.ts';

/** Largest file that the kernel copies where it cannot share blocks: its copy cannot be stopped, and takes a fraction of a second for as much. */
const kernelMaximum = 64 * MIB;

/** The kernel copies the source into the temporary file, or lets both share their blocks. @returns Whether it could. */
const copyInKernel = async (source: Source, tree: Tree, at: At, draft: string): Promise<boolean> => {
	const from = source.tree.entryOf(source.handle);
	if (from === undefined) {
		return false; // Its path may have got another meaning by now.
	}

	const {mode} = (await tree.disk.lstat(at, draft))!;
	try {
		await tree.disk.copy(at, from, draft, source.info.size > kernelMaximum);
	} catch (error) {
		if (isErrno(error, 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS', 'ENOTTY', 'EINVAL')) {
			return false;
		}

		throw error;
	}

	await tree.disk.chmod(at, draft, Number(mode) & 0o777);
	assertUnchanged(source);
	return true;
};

const publishCopy = async (source: Source, tree: Tree, key: string, options: WriteCallOptions): Promise<ObjectInfo | undefined> => {
	const at = {operation: 'copy', key};
	const {draft, handle} = await createDraft(tree, at, key);
	try {
		await assertPublishable(tree, draft, options);
		if (await copyInKernel(source, tree, at, draft.file)) {
			return await publishDraft(tree, draft, handle, options, source.info.checksums.crc32c);
		}
	} catch (error) {
		return await failWrite(error, toToken({key, id: draft.id}), () => discardDraft(tree, draft));
	} finally {
		tree.disk.close(handle);
		tree.close(draft.folder);
	}

	await discardDraft(tree, draft);
};

/**
Copies a file from one local bucket to another: the blocks are shared where the file system can (btrfs, xfs, zfs), else copied by the kernel, or, above 64 MiB, through our buffers, so that the copy can be stopped.
*/
export const copyObject = async (
	from: Tree,
	sourceKey: string,
	to: Tree,
	key: string,
	{pin, ...options}: WriteCallOptions & {pin?: string},
): Promise<ObjectInfo> => {
	checkAborted(options.signal);
	const source = await openSource(from, {operation: 'copy', key: sourceKey}, sourceKey, pin);
	let reading: Promise<unknown> | undefined;
	try {
		const {size, headers, metadata, checksums} = source.info;
		const write = {...options, headers: options.headers ?? headers, metadata: options.metadata ?? metadata};
		const copied = await publishCopy(source, to, key, write);
		if (copied) {
			return copied;
		}

		const read = {pin: revisionOf(source.before), signal: options.signal};
		const body = {
			size,
			async send(consume: Consume) {
				reading = readObject(from, sourceKey, read, consume);
				await reading;
			},
			crc32c: () => checksums.crc32c,
		};
		return await putObject(to, key, body, write);
	} finally {
		await reading?.catch(() => {}); // A cancelled write does not wait for its source.
		from.disk.close(source.handle);
	}
};
