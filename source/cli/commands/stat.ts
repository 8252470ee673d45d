import type {ObjectInfo} from '../../index.ts';
import type {Run} from '../context.ts';
import {formatBytes, formatCrc32c} from '../format.ts';
import {openObject} from '../locations.ts';

interface StatOptions {
	readonly json?: boolean;
}

const fieldsOf = ({key, size, modified, etag, storageClass, headers, metadata, checksums}: ObjectInfo): [string, string | undefined][] => [
	['key', key],
	['size', `${size} (${formatBytes(size)})`],
	['modified', modified?.toISOString()],
	['etag', etag],
	['storage class', storageClass],
	['content type', headers.contentType],
	['cache control', headers.cacheControl],
	['content disposition', headers.contentDisposition],
	['content encoding', headers.contentEncoding],
	['content language', headers.contentLanguage],
	['crc32c', checksums.crc32c === undefined ? undefined : formatCrc32c(checksums.crc32c)],
	['md5', checksums.md5],
	...Object.entries(metadata).map(([name, value]): [string, string] => [`metadata ${name}`, value]),
];

export const run: Run<StatOptions> = async ({sluice, output, signal}, [text = ''], {json}) => {
	const {bucket, key} = await openObject(sluice, text);
	const info = await bucket.stat(key, {signal});
	if (json) {
		await output.write(`${JSON.stringify(info)}\n`);
		return;
	}

	const known = fieldsOf(info).filter(([, value]) => value !== undefined);
	const width = Math.max(...known.map(([name]) => name.length));
	await output.write(known.map(([name, value]) => `${output.text(name).padEnd(width)}  ${output.text(value!)}\n`).join(''));
};
