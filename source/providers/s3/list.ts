import {type ListPage, SluiceError} from '../../contract/index.ts';
import {MIB} from '../../utils/sizes.ts';
import {parseIsoDate, parseSize, unquote} from './values.ts';
import {type ScanHandler, XmlScanner} from './xml-scanner.ts';

/** Turns the bytes of a listing into a page, as they come. */
export interface ListDecoder {
	/** Takes a lent chunk, of any size and cut anywhere. */
	write(chunk: Uint8Array): void;
	/** Ends the document. */
	end(): ListPage;
}

/** S3 sends up to about 1.5 MiB: 1000 keys of 1 KiB. */
const documentMaximum = 16 * MIB;

interface Entry {
	key: string;
	size: number;
	modified: Date | undefined;
	etag: string | undefined;
	revision: string | undefined;
	storageClass: string | undefined;
}

const bad = (problem: string): SluiceError => new SluiceError('BAD_RESPONSE', `The listing ${problem}`);

const newEntry = (): Entry => ({key: '', size: -1, modified: undefined, etag: undefined, revision: undefined, storageClass: undefined});

const decodeUrl = (text: string): string => {
	if (!text.includes('%') && !text.includes('+')) {
		return text;
	}

	try {
		return decodeURIComponent(text.replaceAll('+', ' '));
	} catch {
		throw bad('has a key that is not percent-encoded UTF-8');
	}
};

/** Collects the page; what it is not told about, nobody needs. */
class PageBuilder implements ScanHandler {
	readonly scanner = new XmlScanner(this);
	readonly #entries: Entry[] = [];
	readonly #prefixes: string[] = [];
	#entry = newEntry();
	#isUrl = false;
	#isTruncated: boolean | undefined;
	#next: string | undefined;
	#storageClass = '';

	isLeaf(path: readonly string[], name: string): boolean {
		if (path.length === 2) {
			return path[1] === 'Contents'
				? name === 'Key' || name === 'Size' || name === 'LastModified' || name === 'ETag' || name === 'StorageClass'
				: path[1] === 'CommonPrefixes' && name === 'Prefix';
		}

		return path.length === 1 && (name === 'IsTruncated' || name === 'NextContinuationToken' || name === 'EncodingType');
	}

	leaf(path: readonly string[], name: string, start: number, end: number): void {
		if (path.length === 1) {
			this.#takeField(name, this.scanner.cut(start, end));
		} else if (path[1] === 'Contents') {
			this.#takeEntryField(name, start, end);
		} else {
			this.#prefixes.push(this.scanner.cut(start, end));
		}
	}

	open(path: readonly string[], name: string): void {
		if (path.length === 0 && name !== 'ListBucketResult') {
			throw bad('is another document');
		}
	}

	close(path: readonly string[], name: string): void {
		if (name !== 'Contents' || path.length !== 1) {
			return;
		}

		if (this.#entry.key === '' || this.#entry.size === -1) {
			throw bad('has an object without key or size');
		}

		this.#entries.push(this.#entry);
		this.#entry = newEntry();
	}

	/** The page, once the document is over: only then is it sure how its keys are encoded. */
	page(): ListPage {
		if (this.#isTruncated === undefined) {
			throw bad('does not say whether there is more');
		}

		if (this.#isTruncated && !this.#next) {
			throw bad('has more keys but no token for them (a server without ListObjectsV2?)');
		}

		if (this.#isUrl) {
			for (const entry of this.#entries) {
				entry.key = decodeUrl(entry.key);
			}
		}

		return {
			entries: this.#entries,
			prefixes: this.#isUrl ? this.#prefixes.map(decodeUrl) : this.#prefixes,
			...(this.#isTruncated && {next: this.#next}),
		};
	}

	#takeField(name: string, value: string): void {
		if (name === 'NextContinuationToken') {
			this.#next = value;
		} else if (name === 'EncodingType') {
			this.#isUrl = value === 'url';
		} else if (value === 'true' || value === 'false') {
			this.#isTruncated = value === 'true';
		} else {
			throw bad('does not say whether there is more');
		}
	}

	#takeEntryField(name: string, start: number, end: number): void {
		const entry = this.#entry;
		switch (name) {
			case 'Key':
				entry.key = this.scanner.cut(start, end);
				break;
			case 'Size':
				entry.size = this.#size(start, end);
				break;
			case 'LastModified':
				entry.modified = this.#date(start, end);
				break;
			case 'ETag':
				entry.etag = this.#etag(start, end);
				entry.revision = entry.etag;
				break;
			default:
				entry.storageClass = this.#class(start, end);
		}
	}

	#size(start: number, end: number): number {
		const size = parseSize(this.scanner.text.slice(start, end));
		if (size === undefined) {
			throw bad('has a size that is no number of bytes');
		}

		return size;
	}

	#date(start: number, end: number): Date {
		const date = parseIsoDate(this.scanner.text, start, end);
		if (date === undefined) {
			throw bad('has a date that is none');
		}

		return date;
	}

	#etag(start: number, end: number): string | undefined {
		const {text} = this.scanner;
		const isEscaped = end - start > 12 && text.startsWith('&quot;', start) && text.startsWith('&quot;', end - 6);
		const etag = isEscaped ? this.scanner.cut(start + 6, end - 6) : unquote(this.scanner.cut(start, end));
		return etag === '' ? undefined : etag;
	}

	/** Nearly always that of the object before: the same string serves. */
	#class(start: number, end: number): string {
		if (end - start !== this.#storageClass.length || !this.scanner.text.startsWith(this.#storageClass, start)) {
			this.#storageClass = this.scanner.cut(start, end);
		}

		return this.#storageClass;
	}
}

/**
Decodes the answer to ListObjectsV2.

@throws {SluiceError} `TRUNCATED` when the document is cut off (never a shorter page), `BAD_RESPONSE` for a DOCTYPE, wrong nesting, bad sizes or dates, a missing token; `LIMIT_EXCEEDED` above 16 MiB.
*/
export const createListDecoder = (): ListDecoder => {
	const builder = new PageBuilder();
	let total = 0;
	return {
		write(chunk) {
			total += chunk.length;
			if (total > documentMaximum) {
				throw new SluiceError('LIMIT_EXCEEDED', 'The listing is larger than 16 MiB');
			}

			builder.scanner.write(chunk);
		},
		end() {
			builder.scanner.end();
			return builder.page();
		},
	};
};
