import type {Context} from './context.ts';
import type {Place} from './locations.ts';
import {summariseOne} from './summary.ts';

/** Copies an object, shows how far it is, and sums it up. The size is asked for only when somebody watches. */
export const transferObject = async ({sluice, report, transfer, signal}: Context, source: Place, target: Place): Promise<void> => {
	const {progress} = report;
	const info = progress.isShown ? await source.bucket.stat(source.key, {signal}) : undefined;
	progress.start(info?.size);
	const result = await sluice.copy(source, target, {...transfer, onProgress: bytes => progress.add(bytes)});
	report.tell(summariseOne(result, progress.seconds));
};
