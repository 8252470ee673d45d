/*
The main job in a minute, without an account or a server: a large generated stream is piped into one bucket, the object is copied to another and read back, everything summed and compared.

	npm run demo [-- 4GiB]
*/
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {open, SluiceError} from 'sluice';

const MIB = 2 ** 20;
const blockSize = MIB / 8;

/** Bytes of `1GiB`, `512MiB` … */
const parse = (text: string): number => {
	const match = /^(\d+)(MiB|GiB)$/.exec(text);
	if (!match) {
		throw new Error('Give a size such as 512MiB or 4GiB');
	}

	return Number(match[1]) * (match[2] === 'GiB' ? 1024 : 1) * MIB;
};

/** A stream of which nobody knows the length: a random block, numbered anew each time. */
const generate = (size: number): Readable => {
	const block = Buffer.allocUnsafe(blockSize);
	let seed = 1;
	for (let at = 0; at < blockSize; at += 4) {
		seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
		block.writeUInt32LE(seed, at);
	}

	return Readable.from(
		(function* () {
			for (let sent = 0; sent < size; sent += blockSize) {
				block.writeUInt32LE(sent / blockSize, 0);
				yield Buffer.from(block);
			}
		})(),
		{objectMode: false},
	);
};

/** One line that is redrawn on a terminal. */
const bar = (label: string, total: number) => {
	let done = 0;
	let drawn = 0;
	return (bytes: number): void => {
		done += bytes;
		const now = performance.now();
		if (process.stderr.isTTY && (now - drawn > 100 || done >= total)) {
			drawn = now;
			const filled = Math.round((done / total) * 30);
			process.stderr.write(
				`\r${label} [${'#'.repeat(filled)}${' '.repeat(30 - filled)}] ${Math.round(done / MIB)} MiB${done >= total ? '\r\x1b[K' : ''}`,
			);
		}
	};
};

const rows: {step: string; seconds: string; 'MiB/s': number; checked: string; 'peak MiB': number}[] = [];
const measure = async (step: string, size: number, run: () => Promise<string>): Promise<void> => {
	const start = performance.now();
	const checked = await run();
	const seconds = (performance.now() - start) / 1000;
	rows.push({
		step,
		seconds: seconds.toFixed(2),
		'MiB/s': Math.round(size / MIB / seconds),
		checked,
		'peak MiB': Math.round(process.resourceUsage().maxRSS / 1024),
	});
};

const hex = (sum: number | undefined): string => (sum === undefined ? '-' : sum.toString(16).padStart(8, '0'));

const size = parse(process.argv[2] ?? '1GiB');
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-demo-'));
try {
	await using sluice = await open({
		providers: {
			first: {type: 'local', bucket: path.join(folder, 'first')},
			second: {type: 'local', bucket: path.join(folder, 'second')},
		},
		default: 'first',
	});
	const [first, second] = await Promise.all([sluice.bucket('first'), sluice.bucket('second')]);
	await Promise.all([first.create(), second.create()]);

	const progress = bar('piping ', size);
	let before = 0;
	await measure('pipe a stream of unknown length into `first`', size, async () => {
		const writable = first.createWritable('large.bin', {
			contentType: 'application/x-demo', // With something to keep, a local bucket keeps the CRC32C, too.
			onProgress(total) {
				progress(total - before);
				before = total;
			},
		});
		await pipeline(generate(size), writable);
		return `CRC32C ${hex((await first.stat('large.bin')).checksums.crc32c)}`;
	});

	await measure('copy it to `second`', size, async () => {
		const result = await sluice.copy('first:large.bin', 'second:large.bin', {strategy: 'ranges', onProgress: bar('copying', size)});
		return `CRC32C ${hex(result.crc32c)}, ${result.strategy}, compared with: ${result.verified}`;
	});

	await measure('read it back from `second`', size, async () => {
		let bytes = 0;
		await second.read('large.bin', {}, chunk => {
			bytes += chunk.length;
		});
		if (bytes !== size) {
			throw new Error(`${bytes} bytes came back`);
		}

		return `${bytes} bytes`;
	});

	console.table(rows);
} catch (error) {
	console.error(error instanceof SluiceError ? `${error.message} [${error.code}]` : error);
	process.exitCode = 1;
} finally {
	await rm(folder, {recursive: true, force: true});
}
