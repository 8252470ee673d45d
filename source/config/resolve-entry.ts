import type {BucketEntry} from '../contract/index.ts';
import {configError} from './config-error.ts';
import {isFields} from './load-config.ts';
import {resolveSecrets, type SecretMeans} from './resolve-secrets.ts';

export interface ResolveMeans extends SecretMeans {
	/** The configuration's file, for errors. */
	readonly file?: string;
}

const requiredTexts = ['type', 'bucket'];
const optionalTexts = ['user', 'key', 'endpoint', 'region'];

// An empty variable counts as missing.
const fromVariable = (name: string, suffix: string, environment: ResolveMeans['environment']): string | undefined =>
	environment[`SLUICE_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${suffix}`] || undefined;

/**
Checks one entry of the configuration and fetches its secrets.

@throws {SluiceError} `INVALID_CONFIG` naming entry, field and file.
*/
export const resolveEntry = async (name: string, value: unknown, means: ResolveMeans): Promise<BucketEntry> => {
	const {environment, file, folder} = means;
	if (!isFields(value)) {
		throw configError('must be an object with `type` and `bucket`', {entry: name, file});
	}

	const fields: Record<string, unknown> = {
		...value,
		user: value.user ?? fromVariable(name, 'USER', environment),
		key: value.key ?? fromVariable(name, 'KEY', environment),
	};
	for (const field of Object.keys(fields)) {
		fields[field] = await resolveSecrets(fields[field], {environment, folder}, {entry: name, field, file});
	}

	for (const field of requiredTexts) {
		if (fields[field] === undefined || fields[field] === '') {
			throw configError('is missing', {entry: name, field, file});
		}
	}

	for (const field of [...requiredTexts, ...optionalTexts]) {
		if (fields[field] !== undefined && typeof fields[field] !== 'string') {
			throw configError('must be text', {entry: name, field, file});
		}
	}

	return {...fields, name} as BucketEntry;
};
