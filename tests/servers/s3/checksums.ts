import {createHash} from 'node:crypto';
import {crc32, crc32c} from '@node-rs/crc32';
import {crc64Nvme} from './crc64-nvme.ts';
import {S3Error} from './s3-error.ts';
import type {Checksum, ChecksumAlgorithm, ChecksumType} from './types.ts';

const fourBytes = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
};

const sums: Readonly<Record<ChecksumAlgorithm, (data: Uint8Array) => Buffer>> = {
	CRC32: data => fourBytes(crc32(data)),
	CRC32C: data => fourBytes(crc32c(data)),
	CRC64NVME: crc64Nvme,
	SHA1: data => createHash('sha1').update(data).digest(),
	SHA256: data => createHash('sha256').update(data).digest(),
};

export const algorithms = Object.keys(sums) as ChecksumAlgorithm[];

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Name of the element that carries the sum in XML. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

export const sumOf = (algorithm: ChecksumAlgorithm, data: Uint8Array): string => sums[algorithm](data).toString('base64');

export const fullChecksum = (algorithm: ChecksumAlgorithm, data: Uint8Array): Checksum => ({
	algorithm,
	type: 'FULL_OBJECT',
	value: sumOf(algorithm, data),
});

/** The sum of the parts' binary sums, with `-N` behind it. */
export const compositeChecksum = (algorithm: ChecksumAlgorithm, parts: readonly string[]): Checksum => ({
	algorithm,
	type: 'COMPOSITE',
	value: `${sumOf(algorithm, Buffer.concat(parts.map(part => Buffer.from(part, 'base64'))))}-${parts.length}`,
});

export const algorithmNamed = (name: string): ChecksumAlgorithm => {
	const algorithm = algorithms.find(candidate => candidate === name.toUpperCase());

	if (!algorithm) {
		throw new S3Error('InvalidRequest', {
			message: 'Checksum algorithm provided is unsupported. Please try again with any of the valid types',
		});
	}

	return algorithm;
};

/** Algorithm that a header's or trailer's name stands for; undefined for other headers. */
export const algorithmOfHeader = (name: string): ChecksumAlgorithm | undefined =>
	algorithms.find(algorithm => checksumHeader(algorithm) === name);

/**
The type an upload gets: CRC64NVME is always of the full object, SHA always composite, the other CRCs composite unless asked.

@throws {S3Error} `InvalidRequest` for a pair that S3 does not have.
*/
export const checksumTypeFor = (algorithm: ChecksumAlgorithm, asked: string | undefined): ChecksumType => {
	const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
	const isPossible = algorithm === 'CRC64NVME' ? type === 'FULL_OBJECT' : !algorithm.startsWith('SHA') || type === 'COMPOSITE';

	if ((type !== 'FULL_OBJECT' && type !== 'COMPOSITE') || !isPossible) {
		throw new S3Error('InvalidRequest', {
			message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
		});
	}

	return type;
};

/**
Checks a sum that the client sent against the content.

@throws {S3Error} `InvalidRequest` when it is no such sum, `BadDigest` when it is another one.
*/
export const verifyChecksum = (algorithm: ChecksumAlgorithm, given: string, content: Uint8Array): void => {
	const expected = sums[algorithm](content);
	const bytes = Buffer.from(given, 'base64');

	if (bytes.length !== expected.length || bytes.toString('base64') !== given) {
		throw new S3Error('InvalidRequest', {message: `Value for ${checksumHeader(algorithm)} header is invalid.`});
	}

	if (!bytes.equals(expected)) {
		throw new S3Error('BadDigest', {message: `The ${algorithm} you specified did not match the calculated checksum.`});
	}
};
