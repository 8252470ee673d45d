import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

/** Paths of PEM files. */
export type Certificate = {readonly ca: string; readonly certificate: string; readonly key: string};

const openssl = async (...args: readonly string[]): Promise<void> => {
	try {
		await promisify(execFile)('openssl', [...args]);
	} catch (error) {
		throw new Error('making a certificate with openssl failed', {cause: error});
	}
};

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A CA of our own and a certificate of it for the loopback, both gone with the folder. */
export const makeCertificate = async (directory: string): Promise<Certificate> => {
	const file = (name: string) => join(directory, name);
	const [ca, caKey, certificate, key, request, extensions] = ['ca.pem', 'ca.key', 'sink.pem', 'sink.key', 'sink.csr', 'sink.ext'].map(
		file,
	) as [string, string, string, string, string, string];
	await openssl('req', '-x509', ...newKey, '-days', '7', '-subj', '/CN=sluice benchmarks', '-keyout', caKey, '-out', ca);
	await openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', key, '-out', request);
	await writeFile(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n');
	await openssl(
		'x509',
		'-req',
		'-days',
		'7',
		'-in',
		request,
		'-CA',
		ca,
		'-CAkey',
		caKey,
		'-CAcreateserial',
		'-extfile',
		extensions,
		'-out',
		certificate,
	);
	return {ca, certificate, key};
};
