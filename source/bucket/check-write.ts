import {Buffer} from 'node:buffer';
import {type Capabilities, type ContentHeaders, SluiceError, type WriteCallOptions, type WriteCondition} from '../contract/index.ts';

/** What a caller may say about a new object. */
export interface WriteAttributes extends ContentHeaders {
	/** User metadata. Names are stored in lower case. */
	readonly metadata?: Readonly<Record<string, string>>;
	readonly storageClass?: string;
	readonly condition?: WriteCondition;
}

const headerNames = ['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'] as const;

/** What RFC 9110 allows in the name of a header, in lower case. */
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const printableAscii = /^[ -~]*$/;
const controls = /[\u0000-\u001F\u007F]/;

const invalid = (message: string): SluiceError => new SluiceError('INVALID_ARGUMENT', message);

/** A refusal that names what the provider lacks. */
export const unsupported = ({provider}: Capabilities, capability: string): SluiceError =>
	new SluiceError('UNSUPPORTED', `The provider ${provider} lacks the capability \`${capability}\``);

const checkHeader = (name: string, value: string): void => {
	if (typeof value !== 'string' || !printableAscii.test(value) || value.trim() !== value || value === '') {
		throw invalid(`\`${name}\` must be printable ASCII text without spaces around it`);
	}
};

const checkHeaders = (attributes: WriteAttributes, capabilities: Capabilities): ContentHeaders | undefined => {
	let headers: ContentHeaders | undefined;
	for (const name of headerNames) {
		const value = attributes[name];
		if (value === undefined) {
			continue;
		}

		checkHeader(name, value);
		if (name !== 'contentType' && !capabilities.contentHeaders) {
			throw unsupported(capabilities, 'contentHeaders');
		}

		headers ??= {};
		headers[name] = value;
	}

	return headers;
};

const checkPair = (name: string, value: string): void => {
	if (!token.test(name)) {
		throw invalid(`The metadata name ${JSON.stringify(name)} has characters that no header name can have`);
	}

	if (typeof value !== 'string' || !value.isWellFormed() || controls.test(value) || value.trim() !== value) {
		throw invalid(`The metadata value of \`${name}\` must be text without control characters or spaces around it`);
	}
};

/**
Metadata as drivers take it: lower-case names, no prototype.

@throws {SluiceError} `INVALID_ARGUMENT` for what a header cannot carry, two names that differ in case only, or too much; `UNSUPPORTED`.
*/
export const checkMetadata = (metadata: Readonly<Record<string, string>>, capabilities: Capabilities): Record<string, string> => {
	const checked: Record<string, string> = Object.create(null);
	let size = 0;
	for (const [given, value] of Object.entries(metadata)) {
		const name = given.toLowerCase();
		checkPair(name, value);
		if (name in checked) {
			throw invalid(`The metadata name \`${name}\` is given twice`);
		}

		checked[name] = value;
		size += Buffer.byteLength(name) + Buffer.byteLength(value);
	}

	if (size > 0 && capabilities.metadataMaximum === 0) {
		throw unsupported(capabilities, 'metadata');
	}

	if (size > capabilities.metadataMaximum) {
		throw invalid(`The metadata has ${size} bytes, more than the ${capabilities.metadataMaximum} that the provider keeps`);
	}

	return checked;
};

const checkCondition = (condition: WriteCondition, capabilities: Capabilities): void => {
	if (condition.absent && condition.revision !== undefined) {
		throw invalid('A write can be for an absent object or over a revision, not both');
	}

	if (condition.absent && capabilities.conditions.absent === 'none') {
		throw unsupported(capabilities, 'conditions.absent');
	}

	if (condition.revision !== undefined && capabilities.conditions.revision === 'none') {
		throw unsupported(capabilities, 'conditions.revision');
	}
};

/** Checks what is said about a new object, and makes of it what drivers take. */
export const checkWrite = (attributes: WriteAttributes, capabilities: Capabilities): Omit<WriteCallOptions, 'signal' | 'size'> => {
	const {metadata, storageClass, condition} = attributes;
	if (storageClass !== undefined && !/^[\w-]{1,64}$/.test(storageClass)) {
		throw invalid('`storageClass` must be a word');
	}

	if (condition) {
		checkCondition(condition, capabilities);
	}

	return {
		headers: checkHeaders(attributes, capabilities),
		metadata: metadata && checkMetadata(metadata, capabilities),
		storageClass,
		condition,
	};
};
