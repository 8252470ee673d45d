/*
The ways of an object from one bucket to another. Each is a few verbs of the two drivers put together; retries, resumed reads and checks of answers are below, the choice between them above.
*/
import {type Body, type Consume, cancelled, type ObjectInfo, SluiceError} from '../contract/index.ts';
import {bodyOf, crc32c, PartUpload, planPartSizes, processBudget, streamedBody} from '../streams/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import {MIB} from '../utils/sizes.ts';
import type {Copied, Copying} from './types.ts';
import {checkSource} from './verify.ts';
import {writeOptions} from './write-options.ts';

/** Larger parts than a stream's: nothing of them is buffered, and each costs two requests. */
const rangeSize = 16 * MIB;

/** Reads a run of the source, always of the same revision. */
const readRange = ({source, options}: Copying, from: ObjectInfo, start: number, size: number, consume: Consume) => {
	const range = start === 0 && size === from.size ? undefined : {start, end: start + size - 1};
	return source.bucket.driver.read(source.key, {range, pin: from.revision, signal: options.signal}, consume);
};

/** A run of the source as a body: read again when it must be sent again. */
const rangeBody = (copying: Copying, from: ObjectInfo, start: number, size: number): Body =>
	streamedBody(size, write => readRange(copying, from, start, size, write));

/** Turns totals into gains. */
const gains = (report: ((bytes: number) => void) | undefined) => {
	let before = 0;
	return (total: number): void => {
		if (total > before) {
			report?.(total - before);
			before = total;
		}
	};
};

/** The provider copies. */
export const copyOnServer = async ({source, target, options, entry}: Copying, from: ObjectInfo): Promise<Copied> => {
	const info = await target.bucket.driver.copyFrom!(source.bucket.driver, source.key, target.key, {
		headers: options.headers && {...from.headers, ...options.headers},
		metadata: options.metadata,
		storageClass: options.storageClass,
		condition: options.overwrite === false ? {absent: true} : undefined,
		signal: options.signal,
		pin: entry.revision,
	});
	options.onProgress?.(info.size);
	return {info, from, strategy: 'server'};
};

/** Sizes of buffers are powers of two from 4 KiB on, so that they are used again. */
const roundUp = (size: number): number => 2 ** Math.max(12, Math.ceil(Math.log2(Math.max(size, 1))));

/** Reads a small object into memory, and writes it from there: two requests, and its sum is known before the second. */
export const copyBuffered = async (copying: Copying): Promise<Copied> => {
	const {source, target, options, entry} = copying;
	const buffer = await processBudget.acquire(roundUp(entry.size), options.signal);
	try {
		let length = 0;
		const {info: from} = await source.bucket.driver.read(
			source.key,
			{
				pin: entry.revision,
				signal: options.signal,
				onAnswer({info}) {
					if (info.size !== entry.size) {
						throw new SluiceError('SOURCE_CHANGED', `The object has ${info.size} bytes now, it had ${entry.size}`);
					}
				},
			},
			chunk => {
				buffer.set(chunk, length);
				length += chunk.length;
			},
		);
		const bytes = buffer.subarray(0, length);
		const body = bodyOf(bytes);
		checkSource(body.crc32c(), from.checksums.crc32c);
		const info = await target.bucket.driver.put(target.key, body, writeOptions(copying, from));
		options.onProgress?.(length);
		return {info, from, crc32c: body.crc32c(), strategy: 'buffered'};
	} finally {
		processBudget.release(buffer);
	}
};

/** One request, fed from a read. */
export const copyWhole = async (copying: Copying, from: ObjectInfo): Promise<Copied> => {
	const {target, options, limit} = copying;
	const report = gains(options.onProgress);
	const body = streamedBody(
		from.size,
		write => {
			let read = 0;
			return readRange(copying, from, 0, from.size, chunk => {
				read += chunk.length;
				report(read);
				return write(chunk);
			});
		},
		from.checksums.crc32c,
	);
	const run = () => target.bucket.driver.put(target.key, body, writeOptions(copying, from));
	const info = await (limit ? limit(run) : run());
	return {info, from, crc32c: body.crc32c()!, strategy: 'whole'};
};

/** Part n of the destination is range n of the source. */
export const copyRanges = async (copying: Copying, from: ObjectInfo): Promise<Copied> => {
	const {target, options, limit} = copying;
	const {driver} = target.bucket;
	const parts = driver.capabilities.parts!;
	const sizes = planPartSizes({parts, requested: options.partSize ?? rangeSize, size: from.size});
	const partSize = sizes.sizeOf(1);
	const concurrency = parts.parallel ? (options.concurrency ?? 4) : 1;
	const upload = new PartUpload({
		driver,
		key: target.key,
		options: {...writeOptions(copying, from), size: from.size},
		concurrency,
		limit,
		expectedCrc32c: from.checksums.crc32c,
		onProgress: gains(options.onProgress),
	});
	const inner = {...copying, options: {...options, signal: upload.signal}};
	const unfollow = onAbort(options.signal, () => upload.fail(cancelled(options.signal!)));
	try {
		try {
			for (let start = 0; start < from.size; start += partSize) {
				await upload.atMost(concurrency - 1);
				upload.ship(rangeBody(inner, from, start, Math.min(partSize, from.size - start)));
			}
		} catch (error) {
			upload.fail(error);
		}

		const info = await upload.complete();
		return {info, from, crc32c: upload.crc32c, strategy: 'ranges'};
	} finally {
		unfollow();
	}
};

/** One read into buffered parts. */
export const copyStreamed = async (copying: Copying, known: ObjectInfo): Promise<Copied> => {
	const {source, target, options, entry} = copying;
	const report = gains(options.onProgress);
	const {signal: _, condition, ...write} = writeOptions(copying, known);
	const writer = target.bucket.writer(target.key, {
		...write.headers,
		metadata: write.metadata,
		storageClass: write.storageClass,
		condition,
		size: known.size,
		partSize: options.partSize,
		concurrency: options.concurrency,
		signal: options.signal,
		onProgress: report,
	});
	let running = 0;
	try {
		const {info: from} = await source.bucket.driver.read(source.key, {pin: entry.revision, signal: writer.signal}, async chunk => {
			running = crc32c(chunk, running);
			for (let at = 0; at < chunk.length; ) {
				const space = await writer.space();
				const length = Math.min(space.length, chunk.length - at);
				space.set(chunk.subarray(at, at + length));
				writer.filled(length);
				at += length;
			}
		});
		checkSource(running, from.checksums.crc32c);
		return {info: await writer.finish(), from, crc32c: running, strategy: 'stream'};
	} catch (error) {
		await writer.abort(error);
		throw error;
	}
};
