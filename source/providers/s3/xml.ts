import {Buffer, isUtf8} from 'node:buffer';
import {SluiceError} from '../../contract/index.ts';
import {decodeEntities} from './entities.ts';

/** An element of a short document. */
export interface XmlElement {
	readonly name: string;
	readonly children: readonly XmlElement[];
	/** Text of an element without children; decoded. */
	readonly text: string;
}

interface OpenElement {
	readonly name: string;
	readonly children: XmlElement[];
	text: string;
}

/** S3 nests 4 deep. */
const depthMaximum = 16;

// Whether the server stops half-way or speaks something else: the next answer may be whole.
const bad = (problem: string): SluiceError => new SluiceError('BAD_RESPONSE', `The XML of the answer ${problem}`, {retry: 'transient'});

const decodeUtf8 = (bytes: Uint8Array): string => {
	if (!isUtf8(bytes)) {
		throw bad('is not UTF-8');
	}

	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
};

const tagPattern = /^(\/)?([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/)?$/;

interface Tag {
	readonly kind: 'open' | 'close' | 'empty';
	readonly name: string;
	/** Offset behind it. */
	readonly end: number;
}

const readTag = (text: string, start: number): Tag => {
	const end = text.indexOf('>', start);
	const match = end === -1 ? null : tagPattern.exec(text.slice(start + 1, end));
	if (match === null || (match[1] !== undefined && (match[3] !== '' || match[4] !== undefined))) {
		throw bad('is cut off or malformed');
	}

	return {kind: match[1] === undefined ? (match[4] === undefined ? 'open' : 'empty') : 'close', name: match[2]!, end: end + 1};
};

const close = (stack: OpenElement[], name: string): void => {
	const element = stack.pop();
	if (element === undefined || stack.length === 0 || element.name !== name) {
		throw bad('has elements that are not nested');
	}

	const text = element.children.length === 0 ? decodeEntities(element.text) : '';
	stack.at(-1)!.children.push({name, children: element.children, text});
};

/**
Reads a short document strictly: no DOCTYPE, comment, CDATA or processing instruction but the declaration; every element closed; nothing behind the root.

@param bytes - The whole body; leading and trailing white space is ignored, as S3 sends it to keep a connection alive.
@returns The root.
@throws {SluiceError} `BAD_RESPONSE`, worth a retry; `LIMIT_EXCEEDED` for absurd depth.
*/
export const readXml = (bytes: Uint8Array): XmlElement => {
	const text = decodeUtf8(bytes)
		.replace(/^\uFEFF/, '')
		.trim();
	const document: OpenElement = {name: '', children: [], text: ''};
	const stack = [document];
	let position = text.startsWith('<?xml') ? text.indexOf('?>') + 2 : 0;
	if (position === 1) {
		throw bad('is cut off');
	}

	while (position < text.length) {
		const start = text.indexOf('<', position);
		const parent = stack.at(-1)!;
		parent.text += text.slice(position, start === -1 ? undefined : start);
		if (start === -1) {
			break;
		}

		const tag = readTag(text, start);
		position = tag.end;
		if (tag.kind === 'close') {
			close(stack, tag.name);
			continue;
		}

		if (stack.length > depthMaximum) {
			throw new SluiceError('LIMIT_EXCEEDED', 'The XML of the answer is nested too deep');
		}

		stack.push({name: tag.name, children: [], text: ''});
		if (tag.kind === 'empty') {
			close(stack, tag.name);
		}
	}

	if (stack.length !== 1 || document.children.length !== 1 || document.text.trim() !== '') {
		throw bad(text === '' ? 'is missing' : 'is cut off or no document');
	}

	return document.children[0]!;
};

/** Text of the first child of that name. */
export const textOf = (element: XmlElement, name: string): string | undefined => element.children.find(child => child.name === name)?.text;

/** Children of that name. */
export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
	element.children.filter(child => child.name === name);

/** Escapes text for an element. Line breaks become references, or readers would change them. */
export const escapeXml = (text: string): string => text.replaceAll(/[&<>"'\t\r\n]/g, character => `&#${character.charCodeAt(0)};`);

/** Whether XML 1.0 can carry the text at all. */
export const isXmlText = (text: string): boolean => !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text);
