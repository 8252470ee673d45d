import {suggestion} from '../utils/nearest-name.ts';
import {configError} from './config-error.ts';
import type {LoadedConfig} from './load-config.ts';

const unknownName = (config: LoadedConfig, name: string): string => {
	const names = [...config.entries.keys()];
	if (names.length === 0) {
		return config.file === undefined
			? `no bucket is named \`${name}\`: there is no sluice.config.{json,js,ts,mjs} here or above`
			: `no bucket is named \`${name}\`: there are none`;
	}

	return `no bucket is named \`${name}\`${suggestion(name, names) || `; there are ${names.map(known => `\`${known}\``).join(', ')}`}`;
};

const noDefault = (config: LoadedConfig): string => {
	const [only, ...others] = config.entries.keys();
	const guess = only === undefined || others.length > 0 ? '' : ` (the only one, \`${only}\`, is not taken unasked)`;
	return `no bucket was named and none is the default: set \`default\` or call one \`default\`${guess}`;
};

/**
Decides which entry is meant: the one named, else the configuration's `default`, else the one called `default`.

@throws {SluiceError} `INVALID_CONFIG`, with the nearest name.
*/
export const chooseEntry = (config: LoadedConfig, name?: string): string => {
	const chosen = name ?? config.default ?? 'default';
	if (config.entries.has(chosen)) {
		return chosen;
	}

	const isOwnDefault = name === undefined && config.default !== undefined;
	const problem = name === undefined && !isOwnDefault ? noDefault(config) : unknownName(config, chosen);
	throw configError(problem, {field: isOwnDefault ? 'default' : undefined, file: config.file});
};
