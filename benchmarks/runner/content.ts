import {mkdir, open, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {crc32c} from '@node-rs/crc32';
import type {Sink} from './sink.ts';

const eachChunk = async (file: string, use: (chunk: Buffer) => void): Promise<void> => {
	const handle = await open(file);
	const buffer = Buffer.allocUnsafe(1024 * 1024);
	try {
		for (;;) {
			const {bytesRead} = await handle.read(buffer);
			if (bytesRead === 0) {
				return;
			}

			use(buffer.subarray(0, bytesRead));
		}
	} finally {
		await handle.close();
	}
};

/** `<size> <crc32c>` of a file, as the sink writes it. */
export const digestFile = async (file: string): Promise<string> => {
	let size = 0;
	let crc = 0;
	await eachChunk(file, chunk => {
		size += chunk.length;
		crc = crc32c(chunk, crc);
	});
	return `${size} ${crc.toString(16).padStart(8, '0')}`;
};

export const countLines = async (file: string): Promise<number> => {
	let lines = 0;
	await eachChunk(file, chunk => {
		for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) {
			lines++;
		}
	});
	return lines;
};

/** The key of an object that the sink makes up: all of one size have the same content. */
export const generatedKey = (bytes: number): string => `gen/${bytes}/object`;

/** A file with the content of the sink's generated object of this size, so that the sink knows its checksum. */
export const makeFile = async (sink: Sink, bytes: number, file: string): Promise<string> => {
	await sink.download(`x/${generatedKey(bytes)}`, file);
	return file;
};

/** Files `00000.bin`, `00001.bin`, … of one size in a new folder. */
export const makeFiles = async (sink: Sink, count: number, bytes: number, folder: string): Promise<void> => {
	await mkdir(folder);
	const sample = await makeFile(sink, bytes, `${folder}.sample`);
	const content = Buffer.alloc(bytes);
	await eachChunk(sample, chunk => chunk.copy(content));
	for (let index = 0; index < count; index++) {
		await writeFile(join(folder, `${String(index).padStart(5, '0')}.bin`), content);
	}
};

const compare = (got: string, wanted: string): string | undefined =>
	got === wanted ? undefined : `wrong result: ${got.slice(0, 100)} and not ${wanted}`;

/** What is wrong with an object that should be the generated one of this size. */
export const checkObject = async (sink: Sink, path: string, bytes: number): Promise<string | undefined> =>
	compare(await sink.digest(path), await sink.digest(`x/${generatedKey(bytes)}`));

/** What is wrong with so many objects below a prefix, each of which should be the generated one of this size. */
export const checkObjects = async (sink: Sink, prefix: string, count: number, bytes: number): Promise<string | undefined> => {
	const crc = Number.parseInt((await sink.digest(`x/${generatedKey(bytes)}`)).split(' ')[1]!, 16);
	return compare(await sink.sum(prefix), `${count} ${count * bytes} ${(count * crc).toString(16)}`);
};

/** What is wrong with a file that should be the generated object of this size. */
export const checkFile = async (sink: Sink, file: string, bytes: number): Promise<string | undefined> =>
	compare(await digestFile(file), await sink.digest(`x/${generatedKey(bytes)}`));

export const checkLines = async (file: string, count: number): Promise<string | undefined> =>
	compare(`${await countLines(file)} lines`, `${count} lines`);
