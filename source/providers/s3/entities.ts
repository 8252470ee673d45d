import {SluiceError} from '../../contract/index.ts';

const named: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

const bad = (): never => {
	throw new SluiceError('BAD_RESPONSE', 'The XML of the answer has a reference that is not allowed');
};

const decodeReference = (reference: string): string => {
	const body = reference.slice(1, -1);
	if (!body.startsWith('#')) {
		return named[body] ?? bad();
	}

	const isHexadecimal = body[1] === 'x';
	const digits = body.slice(isHexadecimal ? 2 : 1);
	const isNumber = isHexadecimal ? /^[\dA-Fa-f]{1,8}$/.test(digits) : /^\d{1,8}$/.test(digits);
	const point = isNumber ? Number.parseInt(digits, isHexadecimal ? 16 : 10) : 0;
	// Control characters are not XML 1.0, but servers send them so: they stand in keys.
	return point === 0 || point > 0x10_ff_ff || (point >= 0xd8_00 && point <= 0xdf_ff) ? bad() : String.fromCodePoint(point);
};

/**
Decodes the five named entities of XML and character references, any number of them. There are no others without a DOCTYPE, which is refused before.

@throws {SluiceError} `BAD_RESPONSE` for any other `&`.
*/
export const decodeEntities = (text: string): string =>
	text.includes('&')
		? text.replaceAll(/&[^&;]{0,12};?/g, reference => (reference.endsWith(';') ? decodeReference(reference) : bad()))
		: text;
