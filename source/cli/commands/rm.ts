import type {Bucket} from '../../index.ts';
import type {Context, Run} from '../context.ts';
import {count} from '../format.ts';
import {folderPrefix, openObject, openPlace} from '../locations.ts';

interface RmOptions {
	readonly recursive?: boolean;
}

async function* keysBelow(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
	for await (const {entries} of bucket.pages({prefix, signal})) {
		for (const {key} of entries) {
			yield key;
		}
	}
}

const removeAll = async ({sluice, report, signal}: Context, text: string): Promise<void> => {
	const {bucket, key} = await openPlace(sluice, text);
	const {removed, failed} = await bucket.removeMany(keysBelow(bucket, folderPrefix(key), signal), {signal});
	for (const {error} of failed) {
		report.fail(error);
	}

	report.tell(`removed ${count(removed, 'object')}`);
};

export const run: Run<RmOptions> = async (context, [text = ''], {recursive}) => {
	if (recursive) {
		return removeAll(context, text);
	}

	const {bucket, key} = await openObject(context.sluice, text);
	await bucket.remove(key, {signal: context.signal});
};
