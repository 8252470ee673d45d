import type {CallOptions, Driver, UnfinishedUpload} from '../contract/index.ts';
import type {Attempts} from './reliable.ts';

/** Lists unfinished uploads. A listing that breaks begins anew and leaves out what was given already. */
export async function* reliableUploads(
	driver: Driver,
	attempts: Attempts,
	options: CallOptions & {readonly prefix?: string},
): AsyncGenerator<UnfinishedUpload, void, undefined> {
	const given = new Set<string>();
	let listing = driver.uploads!(options)[Symbol.asyncIterator]();

	const next = async (attempt: number): Promise<UnfinishedUpload | undefined> => {
		if (attempt > 1) {
			listing = driver.uploads!(options)[Symbol.asyncIterator]();
		}

		for (;;) {
			const {done, value} = await listing.next();
			if (done) {
				return undefined;
			}

			if (!given.has(value.token)) {
				return value;
			}
		}
	};

	try {
		for (;;) {
			const upload = await attempts({operation: 'uploads', signal: options.signal}, next);
			if (!upload) {
				return;
			}

			given.add(upload.token);
			yield upload;
		}
	} finally {
		await listing.return?.();
	}
}
