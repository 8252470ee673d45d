import path from 'node:path';
import type {Context, Run} from '../context.ts';
import {
	folderPrefix,
	isFolder,
	openFile,
	openFolder,
	openObject,
	openPlace,
	openTargetFolder,
	type Place,
	parseLocation,
} from '../locations.ts';
import {summariseMany} from '../summary.ts';
import {transferObject} from '../transfer.ts';
import {usageError} from '../usage-error.ts';

interface CpOptions {
	readonly recursive?: boolean;
	/** Objects at a time. */
	readonly objects?: number;
}

const openSource = async ({sluice}: Context, text: string): Promise<Place> => {
	const location = parseLocation(text);
	if (location.kind === 'object') {
		return openObject(sluice, text);
	}

	if (await isFolder(location.path)) {
		throw usageError(`\`${text}\` is a folder: \`-r\` copies all that is in it`);
	}

	return openFile(sluice, location.path);
};

/** Where one object goes: into a folder under its own name, or to exactly this key or path. */
const openTarget = async ({sluice}: Context, text: string, sourceKey: string): Promise<Place> => {
	const name = path.posix.basename(sourceKey);
	const location = parseLocation(text);
	if (location.kind === 'object') {
		const {bucket, key} = await openPlace(sluice, text);
		return {bucket, key: key === '' || key.endsWith('/') ? key + name : key};
	}

	// The name comes from outside: it is a key of the folder's bucket, never a piece of a path.
	const isInside = /[/\\]$/.test(text) || (await isFolder(text));
	return isInside
		? {bucket: await openTargetFolder(sluice, text), key: name}
		: {bucket: await openTargetFolder(sluice, path.dirname(text)), key: path.basename(text)};
};

const openSourceTree = async ({sluice}: Context, text: string): Promise<Place> => {
	const location = parseLocation(text);
	if (location.kind === 'object') {
		const {bucket, key} = await openPlace(sluice, text);
		return {bucket, key: folderPrefix(key)};
	}

	if (!(await isFolder(text))) {
		throw usageError(`\`${text}\` is no folder`);
	}

	return {bucket: await openFolder(sluice, text), key: ''};
};

const openTargetTree = async ({sluice}: Context, text: string): Promise<Place> => {
	const location = parseLocation(text);
	if (location.kind === 'path') {
		return {bucket: await openTargetFolder(sluice, text), key: ''};
	}

	const {bucket, key} = await openPlace(sluice, text);
	return {bucket, key: folderPrefix(key)};
};

const copyTree = async (context: Context, source: string, target: string, objects: number | undefined): Promise<void> => {
	const {sluice, report, transfer} = context;
	const {progress} = report;
	const from = await openSourceTree(context, source);
	const to = await openTargetTree(context, target);
	progress.start();
	const summary = await sluice.copyMany(from, to, {
		...transfer,
		objects,
		onProgress: bytes => progress.add(bytes),
		onEvent(event) {
			if (event.type === 'failed') {
				report.fail(event.error);
			} else {
				progress.addObject();
			}
		},
	});
	report.tell(summariseMany(summary, progress.seconds));
};

export const run: Run<CpOptions> = async (context, [source = '', target = ''], {recursive, objects}) => {
	if (recursive) {
		return copyTree(context, source, target, objects);
	}

	const from = await openSource(context, source);
	await transferObject(context, from, await openTarget(context, target, from.key));
};
