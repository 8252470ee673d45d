import {Buffer} from 'node:buffer';

/** A CRC32C as S3 writes it: base64 of four bytes, big end first. */
export const formatCrc32c = (value: number): string => {
	const bytes = Buffer.allocUnsafe(4);
	bytes.writeUInt32BE(value);
	return bytes.toString('base64');
};

/** Reads a CRC32C of a whole object; `undefined` for none and for a sum over the sums of parts (`value-N`). */
export const parseCrc32c = (text: string | undefined): number | undefined =>
	text !== undefined && /^[\w+/]{6}==$/.test(text) ? Buffer.from(text, 'base64').readUInt32BE() : undefined;
