import path from 'node:path';
import type {Context, Run} from '../context.ts';
import {isFolder, openFile, openPlace, type Place} from '../locations.ts';
import {readStdin} from '../stdin.ts';
import {summariseOne} from '../summary.ts';
import {transferObject} from '../transfer.ts';
import {usageError} from '../usage-error.ts';

const putStdin = async ({report, transfer}: Context, {bucket, key}: Place): Promise<void> => {
	const {progress} = report;
	const writer = bucket.writer(key, transfer);
	progress.start();
	try {
		await readStdin(writer, bytes => progress.add(bytes));
	} catch (error) {
		await writer.abort(error);
		throw error;
	}

	const {size, checksums} = await writer.finish();
	const verified = checksums.crc32c === undefined ? 'size' : 'destination';
	report.tell(summariseOne({size, crc32c: writer.crc32c, verified, lost: []}, progress.seconds));
};

/** The key that a target means: one that is empty or ends with a slash is a folder for the file. */
const targetOf = ({bucket, key}: Place, file: string, text: string): Place => {
	if (key !== '' && !key.endsWith('/')) {
		return {bucket, key};
	}

	if (file === '-') {
		throw usageError(`\`${text}\` names no object: standard input has no name of its own, write the key`);
	}

	return {bucket, key: key + path.basename(file)};
};

export const run: Run = async (context, [file = '', text = '']) => {
	const {sluice} = context;
	const target = targetOf(await openPlace(sluice, text), file, text);
	if (file === '-') {
		return putStdin(context, target);
	}

	if (await isFolder(file)) {
		throw usageError(`\`${file}\` is a folder: \`sluice cp -r\` copies all that is in it`);
	}

	await transferObject(context, await openFile(sluice, file), target);
};
