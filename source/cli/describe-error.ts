import path from 'node:path';
import {type ErrorCode, SluiceError} from '../index.ts';
import {escapeControls} from '../utils/escape-controls.ts';

/** What to do next, where the code alone tells it. */
const nextSteps: Partial<Readonly<Record<ErrorCode, string>>> = {
	INVALID_ARGUMENT: '`sluice --help` and `sluice COMMAND --help` tell what can be written.',
	INVALID_CONFIG: 'Correct the configuration, or name another one with `--config`. A file whose name has a colon is written `./a:b`.',
	SAME_LOCATION: 'Choose another destination.',
	NOT_FOUND: 'List what there is with `sluice ls`.',
	BUCKET_NOT_FOUND: 'Check `bucket`, `region` and `endpoint` of this bucket in the configuration.',
	ALREADY_EXISTS: 'Choose another key, or remove the object first.',
	SOURCE_CHANGED: 'Start again once nobody writes to the source.',
	UNAUTHENTICATED: 'Check `user` and `key` of this bucket in the configuration.',
	PERMISSION_DENIED: 'Ask the owner of the bucket for this permission.',
	CLOCK_SKEW: 'Set the clock of this machine.',
	RATE_LIMITED: 'Try again later, or with a lower `--concurrency`.',
	UNAVAILABLE: 'Try again later.',
	REDIRECT_REFUSED: 'Check `region` and `endpoint` of this bucket in the configuration.',
	CONNECT_FAILED: 'Check `endpoint` and the network.',
	CONNECT_TIMEOUT: 'Check `endpoint` and the network.',
	HOST_NOT_FOUND: 'Check `endpoint` in the configuration.',
	CONNECTION_LOST: 'Try again.',
	TIMEOUT: 'Try again.',
	TLS_UNTRUSTED: 'Trust the certificate of the server by `tls.ca` of this bucket.',
	CHECKSUM_MISMATCH: 'Try again; if it stays, the bytes are damaged where they lie.',
	NO_SPACE: 'Make room on the disk.',
};

const nextStep = (error: SluiceError): string | undefined => {
	if (error.leftover !== undefined) {
		return `Something was left behind: \`sluice uploads ${error.bucket ?? ''}: --abort\` removes it.`;
	}

	return nextSteps[error.code];
};

// The name of a path's bucket is its folder.
const objectOf = (bucket: string | undefined, key: string): string =>
	bucket === undefined ? key : /[/\\]|^\.$/.test(bucket) ? path.join(bucket, key) : `${bucket}:${key}`;

const where = ({bucket, key, part}: SluiceError): string =>
	key === undefined ? '' : `${objectOf(bucket, key)}${part === undefined ? '' : `, part ${part}`}: `;

const details = (error: SluiceError): string[] => {
	const {provider, operation, status, providerCode, requestId, attempts, cause} = error;
	const known = Object.entries({provider, operation, status, providerCode, requestId, attempts}).filter(([, value]) => value !== undefined);
	const lines = [known.map(([name, value]) => `${name} ${value}`).join(', ')];
	for (let reason = cause; reason instanceof Error; reason = reason.cause) {
		lines.push(`because of ${reason.name}: ${reason.message}`);
	}

	return lines.filter(line => line !== '');
};

/**
Turns an error into lines for standard error: what happened to which object and why, with the code, and what to do next. With `isVerbose` also all that is known about it.
*/
export const describeError = (error: unknown, isVerbose = false): string => {
	const ours = error instanceof SluiceError ? error : new SluiceError('UNKNOWN', String(error), {cause: error});
	const step = nextStep(ours);
	const lines = [`sluice: ${where(ours)}${ours.message} [${ours.code}]`, ...(step === undefined ? [] : [step])];
	return [...lines, ...(isVerbose ? details(ours) : [])].map(line => `${escapeControls(line)}\n`).join('');
};
