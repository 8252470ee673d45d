import {type ErrorCode, SluiceError} from '../contract/errors.ts';
import {escapeControls} from '../utils/escape-controls.ts';

/** What OpenSSL and Node.js call a certificate that must not be trusted, and what the user can do about it. */
const untrusted: Readonly<Record<string, string>> = {
	CERT_HAS_EXPIRED: 'it has expired',
	CERT_NOT_YET_VALID: 'it is not valid yet (is the clock of this machine right?)',
	CERT_REVOKED: 'it was revoked',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed (name its CA in `tls.ca`)',
	SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not among the trusted ones (name it in `tls.ca`)',
	UNABLE_TO_GET_ISSUER_CERT: 'its CA is not among the trusted ones (name it in `tls.ca`)',
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not among the trusted ones (name it in `tls.ca`)',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not among the trusted ones (name it in `tls.ca`)',
	ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
	INVALID_CA: 'its CA is not allowed to sign it',
	INVALID_PURPOSE: 'it is not meant for servers',
	CERT_SIGNATURE_FAILURE: 'its signature is wrong',
	CERT_UNTRUSTED: 'it is marked as not to be trusted',
	CERT_REJECTED: 'it is marked as rejected',
};

const connectCodes: Readonly<Record<string, ErrorCode>> = {
	ENOTFOUND: 'HOST_NOT_FOUND',
	ETIMEDOUT: 'CONNECT_TIMEOUT',
	ERR_INVALID_IP_ADDRESS: 'HOST_NOT_FOUND',
};

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

/** The error of a connection that never came to be; `shaking`: TCP was there, the TLS handshake was not done. */
export const toConnectError = (error: Error, host: string, shaking: boolean): SluiceError => {
	const code = codeOf(error);
	const reason = untrusted[code];
	if (reason) {
		return new SluiceError('TLS_UNTRUSTED', `The certificate of ${host} is not accepted: ${reason}`, {cause: error});
	}

	if (shaking) {
		return new SluiceError('TLS_FAILED', `The TLS handshake with ${host} failed`, {cause: error});
	}

	return new SluiceError(connectCodes[code] ?? 'CONNECT_FAILED', `No connection to ${host} (${code || error.message})`, {cause: error});
};

export const connectTimeout = (host: string, milliseconds: number): SluiceError =>
	new SluiceError('CONNECT_TIMEOUT', `No connection to ${host} within ${milliseconds / 1000} s`);

/** The error of a connection that broke under a request. */
export const toLostError = (host: string, error?: Error): SluiceError =>
	new SluiceError('CONNECTION_LOST', `The connection to ${host} broke${error ? ` (${codeOf(error) || error.message})` : ''}`, {
		cause: error,
	});

/** An answer that the protocol does not allow; `seen` is shown escaped, cut at 200 characters. */
export const badResponse = (what: string, seen?: string): SluiceError =>
	new SluiceError('BAD_RESPONSE', seen === undefined ? what : `${what}: ${escapeControls(JSON.stringify(seen.slice(0, 200)))}`);
