import type {Run} from '../context.ts';
import {count} from '../format.ts';
import {openPlace} from '../locations.ts';

interface UploadsOptions {
	readonly abort?: boolean;
}

/** Lists unfinished uploads: when each began, and its key. With `abort` removes them too. */
export const run: Run<UploadsOptions> = async ({sluice, output, report, signal}, [text], {abort}) => {
	const {bucket, key: prefix} = await openPlace(sluice, text);
	let removed = 0;
	for await (const {key, token, started} of bucket.uploads({prefix, signal})) {
		if (abort) {
			await bucket.removeUpload(token, {signal});
			removed++;
		}

		await output.write(`${started?.toISOString() ?? '-'}  ${output.text(key)}\n`);
	}

	if (abort) {
		report.tell(`removed ${count(removed, 'unfinished upload')}`);
	}
};
