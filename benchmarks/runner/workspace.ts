import {mkdtemp, statfs} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const needed = 6 * 1024 ** 3;

const hasRoom = async (folder: string, bytes: number): Promise<boolean> => {
	try {
		const {bavail, bsize} = await statfs(folder);
		return bavail * bsize >= bytes;
	} catch {
		return false;
	}
};

/** A new folder on the tmpfs `/dev/shm`, so that no disk is measured; in the system's temporary folder where that is missing or small. */
export const makeWorkspace = async (scale: number): Promise<string> =>
	mkdtemp(join((await hasRoom('/dev/shm', needed * scale)) ? '/dev/shm' : tmpdir(), 'sluice-benchmark-'));
