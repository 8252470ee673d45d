/*
A stream of any length on standard output: one file, again and again, so that no disk and no memory limits it.

	node generate.ts FILE SIZE
*/
import {readFileSync} from 'node:fs';
import process from 'node:process';

const block = readFileSync(process.argv[2]!);
let left = Number(process.argv[3]);

const write = async (chunk: Uint8Array): Promise<void> =>
	new Promise((resolve, reject) => {
		process.stdout.write(chunk, error => (error ? reject(error) : resolve()));
	});

while (left > 0) {
	const chunk = block.subarray(0, Math.min(block.length, left));
	await write(chunk);
	left -= chunk.length;
}
