/** Text, or elements within: a list repeats the element, `undefined` leaves it out. */
export type XmlValue = string | number | boolean | undefined | XmlElements | readonly XmlValue[];
export interface XmlElements {
	readonly [name: string]: XmlValue;
}

/**
Escapes text as S3 does: control characters become references like `&#x1;`, which XML 1.0 does not allow. That is the very reason `encoding-type=url` exists, so the double must not be kinder.
*/
export const xmlEscape = (text: string): string =>
	text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll(/[\u0000-\u001F]/g, character => `&#x${character.charCodeAt(0).toString(16)};`);

const content = (value: Exclude<XmlValue, undefined | readonly XmlValue[]>): string => {
	if (typeof value !== 'object') {
		return xmlEscape(String(value));
	}

	return Object.entries(value)
		.map(([name, child]) => xmlElement(name, child))
		.join('');
};

export const xmlElement = (name: string, value: XmlValue, attributes = ''): string => {
	if (value === undefined) {
		return '';
	}

	if (Array.isArray(value)) {
		return value.map(item => xmlElement(name, item)).join('');
	}

	return `<${name}${attributes}>${content(value as XmlElements)}</${name}>`;
};

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

export const xmlDocument = (root: string): string => `${xmlDeclaration}${root}`;

/** A whole document in S3's namespace. */
export const s3Document = (name: string, value: XmlValue): Buffer =>
	Buffer.from(xmlDocument(xmlElement(name, value, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')));
