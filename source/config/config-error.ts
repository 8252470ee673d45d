import {SluiceError} from '../contract/index.ts';

/** Where in the configuration something is wrong. */
export interface ConfigPlace {
	/** Name of the bucket. */
	readonly entry?: string;
	readonly field?: string;
	/** Absent: the configuration was an object. */
	readonly file?: string;
}

/** Builds the one kind of error of this folder. The problem must not quote values: they may be secrets. */
export const configError = (problem: string, {entry, field, file}: ConfigPlace): SluiceError => {
	const names = [entry === undefined ? [] : `bucket \`${entry}\``, field === undefined ? [] : `field \`${field}\``].flat().join(', ');
	const message = `${names === '' ? '' : `${names}: `}${problem}${file === undefined ? '' : ` (${file})`}`;
	return new SluiceError('INVALID_CONFIG', message.charAt(0).toUpperCase() + message.slice(1), {bucket: entry});
};
