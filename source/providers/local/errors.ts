import {getSystemErrorMessage} from 'node:util';
import {type ErrorCode, type ErrorContext, type Retryability, SluiceError} from '../../contract/index.ts';

/** The verb and the key that a system call works for. */
export interface At {
	readonly operation: string;
	readonly key?: string;
}

const codeByErrno: Readonly<Record<string, ErrorCode>> = {
	ENOENT: 'NOT_FOUND',
	EEXIST: 'ALREADY_EXISTS',
	EACCES: 'PERMISSION_DENIED',
	EPERM: 'PERMISSION_DENIED',
	EROFS: 'PERMISSION_DENIED',
	ERR_ACCESS_DENIED: 'PERMISSION_DENIED', // Node's own permission model
	ENOSPC: 'NO_SPACE',
	EDQUOT: 'NO_SPACE',
	ENAMETOOLONG: 'INVALID_KEY',
	ELOOP: 'UNSAFE_PATH',
	EISDIR: 'CONFLICT',
	ENOTDIR: 'CONFLICT',
	ENOTEMPTY: 'CONFLICT',
};

/** What the file system says is not always what it means. */
const hints: Readonly<Record<string, string>> = {
	ERR_ACCESS_DENIED: "Node's permission model forbids it",
	EXDEV: 'another file system is mounted on the way, and a rename across it would not be atomic',
	ENAMETOOLONG: 'the path of the key is too long for this file system',
};

/** Files of ours close when other calls end; what a folder and a file of one name do to each other does not pass. */
const retryByErrno: Readonly<Record<string, Retryability>> = {
	EMFILE: 'transient',
	ENFILE: 'transient',
	EISDIR: 'never',
	ENOTDIR: 'never',
	ENOTEMPTY: 'never',
};

/** Verbs that make no sentence. */
const phrases: Readonly<Record<string, string>> = {
	begin: 'begin to write',
	part: 'write a part of',
	abort: 'abort the upload of',
	uploads: 'find the uploads of',
};

/** Makes an error of this provider. */
export const localError = (code: ErrorCode, reason: string, at: At, context: ErrorContext = {}): SluiceError => {
	const object = at.key === undefined ? 'the folder' : `\`${at.key}\``;
	return new SluiceError(code, `Could not ${phrases[at.operation] ?? at.operation} ${object}: ${reason}`, {
		...at,
		...context,
		provider: 'local',
	});
};

/**
Turns the error of a system call into ours. `cause` and `providerCode` (`ENOSPC`) keep what it was; the message names no path of the machine.
*/
export const toLocalError = (error: unknown, at: At): SluiceError => {
	const {code = 'UNKNOWN', errno} = error as NodeJS.ErrnoException;
	const reason = hints[code] ?? (errno === undefined ? code : `${getSystemErrorMessage(errno)} (${code})`);
	return localError(codeByErrno[code] ?? 'LOCAL_FAILED', reason, at, {cause: error, providerCode: code, retry: retryByErrno[code]});
};

/** Whether an error of ours came from this system error. */
export const isErrno = (error: unknown, ...codes: readonly string[]): error is SluiceError =>
	error instanceof SluiceError && error.provider === 'local' && error.providerCode !== undefined && codes.includes(error.providerCode);
