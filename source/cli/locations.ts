import {realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type {Bucket, Sluice} from '../index.ts';
import {usageError} from './usage-error.ts';

/** What an argument names: an object of a bucket (`name:key`; without a name, of the default one) or a path of this machine. */
export type Location =
	| {readonly kind: 'object'; readonly name: string | undefined; readonly key: string}
	| {readonly kind: 'path'; readonly path: string};

/** A bucket together with a key or prefix in it. */
export interface Place {
	readonly bucket: Bucket;
	readonly key: string;
}

const isDrive = (text: string): boolean => process.platform === 'win32' && /^[a-z]:[\\/]/i.test(text);

/**
Reads an argument. What stands before a colon, without a slash in it, is the name of a bucket; all else is a path. A file with a colon in its name is written `./a:b`.
*/
export const parseLocation = (text: string): Location => {
	const found = /^([^/\\:]*):(.*)$/s.exec(text);
	if (found === null || isDrive(text)) {
		return {kind: 'path', path: text};
	}

	return {kind: 'object', name: found[1] || undefined, key: found[2]!};
};

/** The bucket and key (or prefix) of an argument that must name a bucket; without one: the default bucket. */
export const openPlace = async (sluice: Sluice, text = ':'): Promise<Place> => {
	const location = parseLocation(text);
	if (location.kind === 'path') {
		throw usageError(`\`${text}\` names no bucket: write \`name:key\``);
	}

	return {bucket: await sluice.bucket(location.name), key: location.key};
};

/** The same for an argument that must name an object. */
export const openObject = async (sluice: Sluice, text: string): Promise<Place> => {
	const place = await openPlace(sluice, text);
	if (place.key === '') {
		throw usageError(`\`${text}\` names no object: write the key behind the colon`);
	}

	return place;
};

/** A folder of this machine as a bucket: files only, nothing beside them. */
export const openFolder = async (sluice: Sluice, folder: string): Promise<Bucket> =>
	sluice.bucket({name: folder, type: 'local', bucket: path.resolve(folder), metadata: 'none'});

/** A file of this machine as an object of its folder's bucket. A symbolic link on the command line means what it points to. */
export const openFile = async (sluice: Sluice, file: string): Promise<Place> => {
	const real = await realpath(file).catch(() => file);
	const named = real === path.resolve(file) ? file : real;
	return {bucket: await openFolder(sluice, path.dirname(named)), key: path.basename(named)};
};

/** A folder of this machine to write into; made when it is not there. */
export const openTargetFolder = async (sluice: Sluice, folder: string): Promise<Bucket> => {
	const bucket = await openFolder(sluice, folder);
	await bucket.create();
	return bucket;
};

/** Whether a path is an existing folder. */
export const isFolder = async (file: string): Promise<boolean> => {
	const found = await stat(file).catch(() => undefined);
	return found?.isDirectory() ?? false;
};

/** A prefix that ends with a slash, or is empty. */
export const folderPrefix = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`);
