import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {type ConfigPlace, configError} from './config-error.ts';
import {isFields} from './load-config.ts';

export interface SecretMeans {
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** What paths are relative to. */
	readonly folder: string;
}

const only = (value: Readonly<Record<string, unknown>>, field: string): string | undefined => {
	const text = value[field];
	return Object.keys(value).length === 1 && typeof text === 'string' ? text : undefined;
};

const fromEnvironment = (name: string, {environment}: SecretMeans, place: ConfigPlace): string => {
	const text = environment[name];
	if (!text) {
		throw configError(`the environment variable \`${name}\` is ${text === undefined ? 'not set' : 'empty'}`, place);
	}

	return text;
};

const fromFile = async (name: string, {folder}: SecretMeans, place: ConfigPlace): Promise<string> => {
	const file = path.resolve(folder, name);
	const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
		throw configError(`the file \`${file}\` cannot be read: ${error.code}`, place);
	});
	const secret = text.replace(/\r?\n$/, '');
	if (secret === '') {
		throw configError(`the file \`${file}\` is empty`, place);
	}

	return secret;
};

/**
Replaces `{env: NAME}` and `{file: PATH}` by the text they stand for, inside objects and lists too.

@throws {SluiceError} `INVALID_CONFIG` naming the variable or file, never what is in it.
*/
export const resolveSecrets = async (value: unknown, means: SecretMeans, place: ConfigPlace): Promise<unknown> => {
	if (Array.isArray(value)) {
		return Promise.all(value.map(async item => resolveSecrets(item, means, place)));
	}

	if (!isFields(value) || (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null)) {
		return value;
	}

	const name = only(value, 'env');
	if (name !== undefined) {
		return fromEnvironment(name, means, place);
	}

	const file = only(value, 'file');
	if (file !== undefined) {
		return fromFile(file, means, place);
	}

	const fields = Object.entries(value).map(async ([field, inner]) => [field, await resolveSecrets(inner, means, place)] as const);
	return Object.fromEntries(await Promise.all(fields));
};
