import {type BucketEntry, SluiceError} from '../../contract/index.ts';
import {suggestion} from '../../utils/nearest-name.ts';

/** Reads the fields of an entry, each checked; never quotes a value, which may be a secret. */
export interface FieldReader {
	text(field: string, allowed?: RegExp, hint?: string): string | undefined;
	choice<T extends string>(field: string, choices: readonly T[]): T | undefined;
	flag(field: string): boolean | undefined;
	/** A whole number of at least `least`. */
	count(field: string, least: number): number | undefined;
	/** An object that has no other fields than these. */
	group(field: string, known: readonly string[]): FieldReader | undefined;
	refuse(field: string, problem: string): SluiceError;
	refuseOthers(known: readonly string[]): void;
}

const control = /[\u0000-\u001F\u007F]/;

const createReader = (name: string, prefix: string, fields: Readonly<Record<string, unknown>>): FieldReader => {
	const refuse = (field: string, problem: string): SluiceError =>
		new SluiceError('INVALID_CONFIG', `\`${prefix}${field}\` ${problem}`, {provider: 's3', bucket: name});
	const get = (field: string): unknown => (Object.hasOwn(fields, field) ? fields[field] : undefined);

	return {
		refuse,

		text(field, allowed, hint = 'has characters that are not allowed') {
			const value = get(field);
			if (value === undefined) {
				return undefined;
			}

			if (typeof value !== 'string' || value === '') {
				throw refuse(field, 'must be text');
			}

			if (allowed === undefined ? control.test(value) : !allowed.test(value)) {
				throw refuse(field, hint);
			}

			return value;
		},

		choice(field, choices) {
			const value = get(field);
			const found = choices.find(choice => choice === value);
			if (value !== undefined && found === undefined) {
				throw refuse(field, `must be ${choices.map(choice => `\`${choice}\``).join(' or ')}`);
			}

			return found;
		},

		flag(field) {
			const value = get(field);
			if (value !== undefined && typeof value !== 'boolean') {
				throw refuse(field, 'must be true or false');
			}

			return value;
		},

		count(field, least) {
			const value = get(field);
			if (value !== undefined && (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)) {
				throw refuse(field, `must be a whole number, at least ${least}`);
			}

			return value;
		},

		group(field, known) {
			const value = get(field);
			if (value === undefined) {
				return undefined;
			}

			if (typeof value !== 'object' || value === null || Array.isArray(value)) {
				throw refuse(field, 'must be an object');
			}

			const reader = createReader(name, `${prefix}${field}.`, value as Record<string, unknown>);
			reader.refuseOthers(known);
			return reader;
		},

		refuseOthers(known) {
			for (const field of Object.keys(fields)) {
				if (fields[field] !== undefined && !known.includes(field)) {
					throw refuse(field, `is not a field of this provider${suggestion(field, known)}`);
				}
			}
		},
	};
};

/** Makes the reader of an entry; its errors name `providers.<name>.<field>`. */
export const readFields = (entry: BucketEntry): FieldReader => createReader(entry.name, `providers.${entry.name}.`, entry);
