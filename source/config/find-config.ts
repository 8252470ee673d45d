import {stat} from 'node:fs/promises';
import path from 'node:path';

/** In this order, when a folder has more than one. */
export const configNames = ['json', 'js', 'ts', 'mjs'].map(extension => `sluice.config.${extension}`);

const isFile = async (file: string): Promise<boolean> => {
	try {
		const found = await stat(file);
		return found.isFile();
	} catch {
		return false;
	}
};

/** Looks for a configuration file in a folder, then in the ones above it. */
export const findConfig = async (directory: string): Promise<string | undefined> => {
	for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
		for (const name of configNames) {
			const file = path.join(folder, name);
			if (await isFile(file)) {
				return file;
			}
		}

		if (folder === path.dirname(folder)) {
			return undefined;
		}
	}
};
