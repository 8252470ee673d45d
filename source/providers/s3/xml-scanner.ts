import {Buffer, isAscii, isUtf8} from 'node:buffer';
import {SluiceError} from '../../contract/index.ts';
import {KIB} from '../../utils/sizes.ts';
import {decodeEntities} from './entities.ts';

/** What a reader of a document is told, in order. `path` are the names of the elements that are open, the root first. */
export interface ScanHandler {
	/** Whether an element has text and nothing else; such a one goes to `leaf` alone. */
	isLeaf(path: readonly string[], name: string): boolean;
	/** The text stands from `start` to `end`, see `XmlScanner.cut`. */
	leaf(path: readonly string[], name: string, start: number, end: number): void;
	open(path: readonly string[], name: string): void;
	close(path: readonly string[], name: string): void;
}

/** Chunks are gathered to this much before they are looked at, so that tiny ones cost little. */
const batchBytes = 16 * KIB;
const depthMaximum = 16;
const slash = 0x2f;
const question = 0x3f;
const exclamation = 0x21;

const bad = (problem: string): SluiceError => new SluiceError('BAD_RESPONSE', `The XML of the answer ${problem}`);

// Servers close a tag as `</Key>`; XML also allows white space before the `>`.
const isClosing = (text: string, start: number, end: number, name: string): boolean =>
	text.charCodeAt(start + 1) === slash &&
	text.startsWith(name, start + 2) &&
	(end === start + 2 + name.length || text.slice(start + 2 + name.length, end).trim() === '');

/** Where the tag that begins at `start` ends; -1 when that has not arrived. A `>` in quotes is no end. */
const tagEnd = (text: string, start: number): number => {
	let end = text.indexOf('>', start);
	while (end !== -1 && /["']/.test(text.slice(start, end).replaceAll(/"[^"]*"|'[^']*'/g, ''))) {
		end = text.indexOf('>', end + 1);
	}

	return end;
};

/**
Walks through a large document of known form as its bytes come, strictly: no DOCTYPE, comment or CDATA, every element closed in its turn. Elements that nobody asks for are skipped. It looks for tags in the text instead of parsing characters, and holds no more than one element.
*/
export class XmlScanner {
	readonly #handler: ScanHandler;
	readonly #path: string[] = [];
	/** What has arrived and was not decoded yet. Bytes, since strings cut out of a longer one would keep all of that alive. */
	#held = Buffer.allocUnsafe(4 * batchBytes);
	#used = 0;
	/** How much of it was left over when it was last looked at. */
	#rest = 0;
	/** The same in Latin-1: a character for a byte. */
	#text = '';
	#isAscii = true;
	#isOver = false;

	constructor(handler: ScanHandler) {
		this.#handler = handler;
	}

	/** Takes a lent chunk, of any size and cut anywhere. */
	write(chunk: Uint8Array): void {
		if (this.#used + chunk.length > this.#held.length) {
			const larger = Buffer.allocUnsafe(2 * (this.#used + chunk.length));
			this.#held.copy(larger, 0, 0, this.#used);
			this.#held = larger;
		}

		this.#held.set(chunk, this.#used);
		this.#used += chunk.length;
		// A piece that is cut off is not looked at again before it has doubled.
		if (this.#used >= batchBytes + 2 * this.#rest) {
			this.#scan();
		}
	}

	/** @throws {SluiceError} `TRUNCATED` when the document is not over. */
	end(): void {
		this.#scan();
		if (!this.#isOver || this.#used > 0) {
			throw new SluiceError('TRUNCATED', 'The XML of the answer is cut off');
		}
	}

	/** The raw text that a leaf is in, a character for a byte. Only good within the handler's `leaf`. */
	get text(): string {
		return this.#text;
	}

	/** Text of a leaf, decoded. Only good within the handler's `leaf`. */
	cut(start: number, end: number): string {
		if (this.#isAscii) {
			return decodeEntities(this.#held.toString('latin1', start, end));
		}

		if (!isUtf8(this.#held.subarray(start, end))) {
			throw bad('is not UTF-8');
		}

		return decodeEntities(this.#held.toString('utf8', start, end));
	}

	/** Goes through all that is whole and moves the rest to the front. */
	#scan(): void {
		this.#isAscii = isAscii(this.#held.subarray(0, this.#used));
		this.#text = this.#held.toString('latin1', 0, this.#used);
		let position = 0;
		for (;;) {
			const start = this.#text.indexOf('<', position);
			const end = start === -1 ? this.#used : start;
			if (this.#path.length === 0) {
				this.#checkBlank(position, end);
			}

			const next = start === -1 ? -1 : this.#step(start);
			if (next === -1) {
				position = end;
				break;
			}

			position = next;
		}

		this.#held.copy(this.#held, 0, position, this.#used);
		this.#used -= position;
		this.#rest = this.#used;
		this.#text = '';
	}

	/** Outside of the root there is nothing but white space, and perhaps a byte order mark. */
	#checkBlank(start: number, end: number): void {
		if (
			this.#text
				.slice(start, end)
				.replace(/^\u00EF\u00BB\u00BF/, '')
				.trim() !== ''
		) {
			throw bad('is none');
		}
	}

	/** Handles the tag or leaf that begins at `start`; returns where the next may begin, or -1 when it has not all arrived. */
	#step(start: number): number {
		const end = this.#text.indexOf('>', start);
		if (end === -1) {
			return -1;
		}

		const code = this.#text.charCodeAt(start + 1);
		if (code === slash) {
			this.#close(start, end);
			return end + 1;
		}

		if (code === exclamation || code === question) {
			this.#checkDeclaration(start);
			return end + 1;
		}

		const name = this.#text.slice(start + 1, end);
		return this.#handler.isLeaf(this.#path, name) ? this.#leaf(name, end + 1) : this.#open(start);
	}

	#checkDeclaration(start: number): void {
		if (this.#path.length > 0 || this.#isOver || !this.#text.startsWith('<?xml', start)) {
			throw bad('has a DOCTYPE or the like');
		}
	}

	#leaf(name: string, start: number): number {
		const end = this.#text.indexOf('<', start);
		const closed = end === -1 ? -1 : this.#text.indexOf('>', end);
		if (closed === -1) {
			return -1;
		}

		if (!isClosing(this.#text, end, closed, name)) {
			throw bad('has elements that are not nested');
		}

		this.#handler.leaf(this.#path, name, start, end);
		return closed + 1;
	}

	#open(start: number): number {
		const end = tagEnd(this.#text, start);
		if (end === -1) {
			return -1;
		}

		if (this.#isOver || this.#path.length === depthMaximum) {
			throw bad(this.#isOver ? 'has two roots' : 'is nested too deep');
		}

		const name = /^[^\s/]*/.exec(this.#text.slice(start + 1, end))![0];
		this.#handler.open(this.#path, name);
		this.#path.push(name);
		if (this.#text.charCodeAt(end - 1) === slash) {
			this.#leave();
		}

		return end + 1;
	}

	#close(start: number, end: number): void {
		const name = this.#path.at(-1);
		if (name === undefined || !isClosing(this.#text, start, end, name)) {
			throw bad('has elements that are not nested');
		}

		this.#leave();
	}

	#leave(): void {
		const name = this.#path.pop()!;
		this.#isOver = this.#path.length === 0;
		this.#handler.close(this.#path, name);
	}
}
