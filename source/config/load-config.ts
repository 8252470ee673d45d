import path from 'node:path';
import {suggestion} from '../utils/nearest-name.ts';
import {parseSize} from '../utils/parse-size.ts';
import type {Config} from './config.ts';
import {configError} from './config-error.ts';
import {findConfig} from './find-config.ts';
import {readConfig} from './read-config.ts';

/** A configuration in its one inner form. Its entries are checked when they are used. May hold literal secrets: never print it. */
export interface LoadedConfig {
	readonly entries: ReadonlyMap<string, unknown>;
	readonly default?: string;
	/** Bytes. */
	readonly memory?: number;
	/** Where it was read from. */
	readonly file?: string;
	/** Relative paths begin here. */
	readonly folder: string;
}

export interface LoadOptions {
	/** Where the search begins, and what paths of a configuration object are relative to. */
	readonly directory: string;
	/** For `SLUICE_CONFIG`. */
	readonly environment: Readonly<Record<string, string | undefined>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Anything with fields, no array. */
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const knownFields = ['providers', 'default', 'memory'];

// Settings of Django have other names beside these two; they are none of our business.
const fromLibcloud = ({LIBCLOUD_PROVIDERS: providers, DEFAULT_LIBCLOUD_PROVIDER: name}: Fields): Fields => ({providers, default: name});

const checkNames = (fields: Fields, file: string | undefined): void => {
	for (const field of Object.keys(fields)) {
		if (!knownFields.includes(field)) {
			throw configError(`is not known${suggestion(field, knownFields)}`, {field, file});
		}
	}
};

// What stands before a colon is a name only without a slash: `./a:b` is a file.
const checkEntryNames = (names: readonly string[], file: string | undefined): void => {
	const bad = names.find(name => name === '' || /[:/\\\p{Cc}]/u.test(name));
	if (bad !== undefined) {
		throw configError(
			`a bucket cannot be named ${JSON.stringify(bad)}: it must not be empty, nor have colons, slashes or control characters`,
			{file},
		);
	}
};

const readMemory = (value: unknown, file: string | undefined): number | undefined => {
	if (value === undefined) {
		return undefined;
	}

	const size = typeof value === 'string' || typeof value === 'number' ? parseSize(value) : undefined;
	if (!size) {
		throw configError('must be a size such as `256MiB`', {field: 'memory', file});
	}

	return size;
};

const normalise = (value: unknown, folder: string, file?: string): LoadedConfig => {
	if (!isFields(value)) {
		throw configError('the configuration must be an object with the field `providers`', {file});
	}

	const isLibcloud = Object.hasOwn(value, 'LIBCLOUD_PROVIDERS');
	const fields = isLibcloud ? fromLibcloud(value) : value;
	checkNames(fields, file);
	if (!isFields(fields.providers)) {
		throw configError('must be an object that maps names to buckets', {field: isLibcloud ? 'LIBCLOUD_PROVIDERS' : 'providers', file});
	}

	checkEntryNames(Object.keys(fields.providers), file);
	const name = fields.default;
	if (name !== undefined && typeof name !== 'string') {
		throw configError('must be the name of a bucket', {field: 'default', file});
	}

	return {entries: new Map(Object.entries(fields.providers)), default: name, memory: readMemory(fields.memory, file), file, folder};
};

/**
Finds and reads the configuration: the object or file that is given, else the file in `SLUICE_CONFIG`, else the nearest `sluice.config.{json,js,ts,mjs}` from the folder upwards. When there is none: one without buckets.

Settings with Apache Libcloud's names (`LIBCLOUD_PROVIDERS`, `DEFAULT_LIBCLOUD_PROVIDER`) are read as they are.

@throws {SluiceError} `INVALID_CONFIG`.
*/
export const loadConfig = async (source: Config | string | undefined, {directory, environment}: LoadOptions): Promise<LoadedConfig> => {
	if (source !== undefined && typeof source !== 'string') {
		return normalise(source, directory);
	}

	const named = source ?? environment.SLUICE_CONFIG;
	const file = named ? path.resolve(directory, named) : await findConfig(directory);
	return file === undefined ? {entries: new Map(), folder: directory} : normalise(await readConfig(file), path.dirname(file), file);
};
