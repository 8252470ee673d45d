import {SluiceError} from '../../contract/index.ts';

const plainKey = /^[\w.~\-/]*$/;
const plainValue = /^[\w.~-]*$/;

// RFC 3986 reserves these too; `encodeURIComponent` leaves them.
const strict = (text: string): string => text.replaceAll(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Percent-encodes text for a query (RFC 3986): a space is `%20`, a slash `%2F`. */
export const encodeValue = (text: string): string => {
	if (plainValue.test(text)) {
		return text;
	}

	try {
		return strict(encodeURIComponent(text));
	} catch (error) {
		throw new SluiceError('INVALID_KEY', 'Text with half a surrogate pair cannot be sent', {cause: error});
	}
};

/** Percent-encodes a key for a path: slashes stay, also `//`, `.` and `..` segments. */
export const encodeKey = (key: string): string => (plainKey.test(key) ? key : encodeValue(key).replaceAll('%2F', '/'));

/**
Builds a query.

@param fields - Sorted by name, as the signature wants them; `undefined` leaves a field out.
*/
export const encodeQuery = (fields: Readonly<Record<string, string | number | undefined>>): string => {
	let query = '';
	for (const name in fields) {
		const value = fields[name];
		if (value !== undefined) {
			query += `${query === '' ? '' : '&'}${name}=${encodeValue(String(value))}`;
		}
	}

	return query;
};
