import {Buffer} from 'node:buffer';
import process from 'node:process';

/**
How keys become paths, and paths keys.

Each segment of a key (between slashes) is the name of a folder or a file, as it is, if the file system can have it so. What it cannot have is written as `%~` and the segment, in which `%` and the characters that are not allowed are `%XX`:

- the empty segment (`a//b`, `/a`, `a/`), `.` and `..`: `a/%~/b`, `%~/a`, `a/%~`, `%~.`, `%~..`
- NUL: `%~a%00b`; on Windows also the characters, endings and device names that it refuses
- a segment that itself begins with `%~`: `%~%25~x`
- `.sluice` as the first segment, which is our own folder: `%~.sluice`
- a segment of more than 255 bytes: folders that end in `%`, each with a piece of it: `%~xxx…%/%~xxx…`

Two bytes of mark keep a key of 1024 slashes within the 4096 bytes of a path. Every key has one path, no two keys have the same, and no path leaves its folder, for no name is ever `..`. Every name in UTF-8 that does not begin with `%~` is a key as it stands: `100%.txt`, `a%20b` and `~x` mean themselves.

Names that begin with `%~%` and a letter that is no hexadecimal digit are our own: no key has such a path.
*/
const mark = '%~';

/** Ends the name of a folder whose name goes on in the next one. */
const goesOn = '%';

/** Our own folder, at the top. */
export const ownFolder = '.sluice';

/** Longest name of a file, in bytes. */
const nameMaximum = 255;

const windows = process.platform === 'win32';
const foldsCase = windows || process.platform === 'darwin';

const refused = windows ? /[%\0-\x1f<>:"\\|?*]/g : /[%\0]/g;
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

const refusedByWindows = (segment: string): boolean => /[\x01-\x1f<>:"\\|?*]|[. ]$/.test(segment) || device.test(segment);

/** Whether a name at the top is our own folder. */
export const isOwnFolder = (name: string): boolean => (foldsCase ? name.toLowerCase() : name) === ownFolder;

const isTooLong = (segment: string): boolean => segment.length * 3 > nameMaximum && Buffer.byteLength(segment) > nameMaximum;

const needsMark = (segment: string, top: boolean): boolean =>
	segment === '' ||
	segment === '.' ||
	segment === '..' ||
	segment.startsWith(mark) ||
	segment.includes('\0') ||
	isTooLong(segment) ||
	(top && isOwnFolder(segment)) ||
	(windows && refusedByWindows(segment));

const escapeCharacter = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

const escapeSegment = (segment: string): string => {
	const text = segment.replace(refused, escapeCharacter);
	return windows ? text.replace(/[. ]$/, escapeCharacter) : text;
};

const split = (text: string): string => {
	const room = nameMaximum - mark.length;
	const pieces: string[] = [];
	let piece = '';
	let bytes = 0;
	let left = Buffer.byteLength(text);
	for (const [token] of text.matchAll(/%..|./gsu)) {
		const size = Buffer.byteLength(token);
		if (bytes + left > room && bytes + size > room - goesOn.length) {
			pieces.push(mark + piece + goesOn);
			piece = '';
			bytes = 0;
		}

		piece += token;
		bytes += size;
		left -= size;
	}

	return [...pieces, mark + piece].join('/');
};

/** The path of one segment: a name, or several where it is too long for one. `top`: it is the first of its key. */
export const encodeSegment = (segment: string, top: boolean): string => (needsMark(segment, top) ? split(escapeSegment(segment)) : segment);

/** The path of a key below the root, with `/` between names. */
export const encodeKey = (key: string): string => {
	const segments = key.split('/');
	for (let index = 0; index < segments.length; index++) {
		segments[index] = encodeSegment(segments[index]!, index === 0);
	}

	return segments.join('/');
};

/** Whether this is the name of a folder whose name goes on in its entries. */
export const isPiece = (name: string): boolean => name.startsWith(mark) && name.endsWith(goesOn) && name.length > mark.length;

/** The segment that a path (of one name, or of pieces) stands for; `undefined` when no key has it. */
export const decodeSegment = (path: string, top: boolean): string | undefined => {
	if (!path.startsWith(mark)) {
		return path.includes('/') || needsMark(path, top) ? undefined : path;
	}

	const text = path.slice(mark.length).replaceAll(`${goesOn}/${mark}`, '');
	const segment = text.replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
	return encodeSegment(segment, top) === path ? segment : undefined;
};

/** The key that a path stands for; `undefined` when no key has it. */
export const decodePath = (path: string): string | undefined => {
	const segments: string[] = [];
	let pieces = '';
	for (const name of path.split('/')) {
		pieces += name;
		if (isPiece(name)) {
			pieces += '/';
			continue;
		}

		const segment = decodeSegment(pieces, segments.length === 0);
		if (segment === undefined) {
			return undefined;
		}

		segments.push(segment);
		pieces = '';
	}

	return pieces === '' ? segments.join('/') : undefined;
};

const temporary = /^%~%temp-([0-9a-f]{32})(?:-(.+))?$/s;

/** Name of the temporary file of a write; where the name of the object leaves no room behind it, of a folder that has the file under that name. */
export const temporaryName = (id: string, name: string): {readonly name: string; readonly isFolder: boolean} => {
	const full = `%~%temp-${id}-${name}`;
	return Buffer.byteLength(full) > nameMaximum ? {name: `%~%temp-${id}`, isFolder: true} : {name: full, isFolder: false};
};

/** Takes the name of a temporary file apart; `name` is absent when it is a folder. */
export const parseTemporary = (file: string): {readonly id: string; readonly name?: string} | undefined => {
	const match = temporary.exec(file);
	return match ? {id: match[1]!, name: match[2]} : undefined;
};

/** Folder of a path; the empty text is the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Last name of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A path below another one; either may be empty. */
export const joinPath = (path: string, name: string): string => (path === '' || name === '' ? path + name : `${path}/${name}`);
