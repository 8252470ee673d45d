import type {Body, ObjectInfo, WriteCallOptions} from '../../contract/index.ts';
import {KIB} from '../../utils/sizes.ts';
import {checkAborted} from './abort.ts';
import {toToken} from './session.ts';
import type {Tree} from './tree.ts';
import {assertPublishable, createDraft, discardDraft, failWrite, fillDraft, publishDraft} from './write.ts';

/** From here on it is worth a look whether the object can be written at all, before its bytes are. */
const earlyBytes = 256 * KIB;

/**
Writes an object: a temporary file beside it, synced, then renamed. A failed write leaves no file and no folder.
*/
export const putObject = async (tree: Tree, key: string, body: Body, options: WriteCallOptions): Promise<ObjectInfo> => {
	checkAborted(options.signal);
	const at = {operation: 'put', key};
	const {draft, handle} = await createDraft(tree, at, key);
	try {
		if (body.size > earlyBytes) {
			await assertPublishable(tree, draft, options);
		}

		await fillDraft(tree, at, handle, 0, body, options.signal);
		return await publishDraft(tree, draft, handle, options, body.crc32c());
	} catch (error) {
		return await failWrite(error, toToken({key, id: draft.id}), () => discardDraft(tree, draft));
	} finally {
		tree.disk.close(handle);
		tree.close(draft.folder);
	}
};
