import {X509Certificate} from 'node:crypto';
import tls, {type SecureContext} from 'node:tls';
import {SluiceError} from '../contract/errors.ts';
import type {TlsOptions} from './transport.ts';

const certificateBlock = /-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]*-----END \1?CERTIFICATE-----/g;

/** OpenSSL passes over what it cannot read in a list of CAs: a damaged file would look like an unknown CA. */
const checkCertificates = (pem: string): void => {
	const blocks = pem.match(certificateBlock);
	if (!blocks) {
		throw new SluiceError(
			'INVALID_ARGUMENT',
			'`tls.ca` holds no certificate: it must be PEM text with `-----BEGIN CERTIFICATE-----`; a file is `{"file": "ca.pem"}`',
		);
	}

	for (const block of blocks) {
		new X509Certificate(block);
	}
};

/**
Certificates and key of a connection. A CA of the user's is added to the default ones (those of `NODE_EXTRA_CA_CERTS` and `--use-system-ca` included), it never replaces them.

@throws {SluiceError} `INVALID_ARGUMENT` for text that OpenSSL cannot read, or a key that is not the certificate's.
*/
export const createSecureContext = ({ca, cert, key}: TlsOptions = {}): SecureContext => {
	const extra = ca === undefined ? [] : [ca].flat();
	try {
		extra.forEach(checkCertificates);
		return tls.createSecureContext({
			...(extra.length > 0 && {ca: [...tls.getCACertificates('default'), ...extra]}),
			...(cert !== undefined && {cert}),
			...(key !== undefined && {key}),
		});
	} catch (cause) {
		if (cause instanceof SluiceError) {
			throw cause;
		}

		throw new SluiceError('INVALID_ARGUMENT', '`tls.ca`, `tls.cert` or `tls.key` cannot be used: they must be PEM text, and fit together', {
			cause,
		});
	}
};
