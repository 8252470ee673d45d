import {getCACertificates, type SecureContextOptions} from 'node:tls';
import {SluiceError} from '../contract/errors.ts';
import type {TlsOptions} from './transport.ts';

const hasCertificate = (pem: string): boolean =>
	pem.includes('-----BEGIN CERTIFICATE-----') || pem.includes('-----BEGIN TRUSTED CERTIFICATE-----');

/**
What `tls.connect` and `https.Agent` take. A CA of the user's is added to the default ones (those of `NODE_EXTRA_CA_CERTS` and `--use-system-ca` included), it never replaces them.

`rejectUnauthorized` is always set, so that `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment turns nothing off.
*/
export const tlsSettings = ({ca, cert, key, insecureSkipVerify}: TlsOptions = {}): SecureContextOptions & {rejectUnauthorized: boolean} => {
	const extra = ca === undefined ? [] : [ca].flat();
	if (!extra.every(hasCertificate)) {
		throw new SluiceError('INVALID_ARGUMENT', '`tls.ca` holds no certificate: it must be PEM text with `-----BEGIN CERTIFICATE-----`');
	}

	return {
		...(extra.length > 0 && {ca: [...getCACertificates('default'), ...extra]}),
		...(cert !== undefined && {cert}),
		...(key !== undefined && {key}),
		rejectUnauthorized: insecureSkipVerify !== true,
	};
};
