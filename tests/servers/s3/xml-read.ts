import {S3Error} from './s3-error.ts';

export interface XmlNode {
	readonly name: string;
	readonly children: XmlNode[];
	text: string;
}

const named: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

// The characters of XML 1.0: what is outside may not appear, not even as a reference.
const isAllowed = (code: number): boolean =>
	code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0xd7_ff) || (code >= 0xe0_00 && code <= 0xff_fd) || code >= 0x1_00_00;

const malformed = (): never => {
	throw new S3Error('MalformedXML');
};

const reference = (entity: string): string => {
	const number = /^#(?:x([\dA-Fa-f]+)|(\d+))$/.exec(entity);

	if (!number) {
		return named[entity] ?? malformed();
	}

	const code = number[1] ? Number.parseInt(number[1], 16) : Number(number[2]);
	return isAllowed(code) && code <= 0x10_ff_ff ? String.fromCodePoint(code) : malformed();
};

const resolveReferences = (text: string): string => {
	if (/&(?![\w#]+;)/.test(text) || [...text].some(character => !isAllowed(character.codePointAt(0)!))) {
		malformed();
	}

	return text.replaceAll(/&([\w#]+);/g, (_, entity: string) => reference(entity));
};

const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;

/**
Reads the XML of a request as strictly as XML 1.0 asks: an unescaped carriage return in a key becomes a line feed, a control character is refused.

@throws {S3Error} `MalformedXML`.
*/
export const readXml = (bytes: Uint8Array): XmlNode => {
	const source = Buffer.from(bytes).toString('utf8').replaceAll(/\r\n?/g, '\n');
	const top: XmlNode = {name: '', children: [], text: ''};
	const open = [top];
	token.lastIndex = 0;

	while (token.lastIndex < source.length) {
		const match = token.exec(source) ?? malformed();
		const [, closing, name, , empty, text] = match;
		const current = open.at(-1)!;

		if (text !== undefined) {
			current.text += resolveReferences(text);
		} else if (name === undefined) {
			// A declaration or a comment.
		} else if (closing) {
			if (current.name !== name) {
				malformed();
			}

			open.pop();
		} else {
			const node: XmlNode = {name, children: [], text: ''};
			current.children.push(node);

			if (!empty) {
				open.push(node);
			}
		}
	}

	return open.length === 1 && top.children.length === 1 && top.text.trim() === '' ? top.children[0]! : malformed();
};

export const childrenOf = (node: XmlNode, name: string): XmlNode[] => node.children.filter(child => child.name === name);

/** Text of the only child of that name; undefined when there is none. */
export const textOf = (node: XmlNode, name: string): string | undefined => childrenOf(node, name)[0]?.text;
