import type {LimitFunction} from 'p-limit';
import {type ObjectEntry, type ObjectInfo, SluiceError, toSluiceError} from '../contract/index.ts';
import {MIB} from '../utils/sizes.ts';
import {copyBuffered, copyOnServer, copyRanges, copyStreamed, copyWhole} from './strategies.ts';
import type {Copied, Copying, CopyOptions, CopyResult, Location} from './types.ts';
import {verify} from './verify.ts';
import {lostAt} from './write-options.ts';

/** Up to this size an object is read into memory: fewer requests, and they do not wait for each other. */
const bufferedMaximum = MIB;

/** Up to this size one request carries the object; above, parts go in parallel. */
const wholeMaximum = 16 * MIB;

const serverCanCopy = ({source, target}: Copying, size: number): boolean => {
	const {driver} = target.bucket;
	const maximum = driver.capabilities.copyMaximum ?? -1;
	return size <= maximum && driver.canCopyFrom?.(source.bucket.driver) === true;
};

const rangesFit = ({source, target}: Copying, from: ObjectInfo): boolean => {
	const {ranges, pin} = source.bucket.capabilities.read;
	return ranges && pin && from.revision !== undefined && target.bucket.capabilities.parts !== undefined;
};

/** Chooses the way of one object. @throws {SluiceError} `UNSUPPORTED` for a strategy that was asked for and cannot be. */
const run = async (copying: Copying, known: ObjectInfo | undefined): Promise<Copied> => {
	const {source, target, options, entry} = copying;
	const {strategy = 'auto'} = options;
	const stat = async () => known ?? source.bucket.driver.stat(source.key, {signal: options.signal});
	const canCopy = serverCanCopy(copying, entry.size);
	if (strategy === 'server' && !canCopy) {
		throw new SluiceError('UNSUPPORTED', 'A server-side copy needs two buckets of one provider, endpoint and account');
	}

	if (canCopy && (strategy === 'auto' || strategy === 'server')) {
		return copyOnServer(copying, await stat());
	}

	const putMaximum = target.bucket.capabilities.putMaximum;
	if (strategy === 'auto' && entry.size <= Math.min(bufferedMaximum, putMaximum)) {
		return copyBuffered(copying);
	}

	const from = await stat();
	const wholeLimit = Math.min(putMaximum, rangesFit(copying, from) ? (options.partSize ?? wholeMaximum) : wholeMaximum);
	if (strategy === 'auto' && from.size <= wholeLimit) {
		return copyWhole(copying, from);
	}

	if (strategy !== 'stream' && rangesFit(copying, from) && from.size > 0) {
		return copyRanges(copying, from).catch((error: unknown) => {
			// A server that sends whole objects for ranges can still be read in one go.
			if (strategy === 'auto' && error instanceof SluiceError && error.code === 'RANGE_IGNORED') {
				return copyStreamed(copying, from);
			}

			throw error;
		});
	}

	if (strategy === 'ranges') {
		throw new SluiceError('UNSUPPORTED', 'A copy by ranges needs a source that can pin a revision, and a destination with parts');
	}

	return copyStreamed(copying, from);
};

/** Faults after which the object is tried once more from the beginning, with what the source says then. */
const worthARestart = (error: unknown): boolean =>
	error instanceof SluiceError && (error.code === 'SOURCE_CHANGED' || error.code === 'CHECKSUM_MISMATCH' || error.code === 'SIZE_MISMATCH');

/** `copyObject` with what a listing has told about the source, and the limit on parts of a larger job. */
export const copyEntry = async (
	source: Location,
	target: Location,
	options: CopyOptions,
	entry?: ObjectEntry,
	limit?: LimitFunction,
): Promise<CopyResult> => {
	if (source.bucket.driver.location === target.bucket.driver.location && source.key === target.key) {
		throw new SluiceError('SAME_LOCATION', `\`${source.key}\` would be copied onto itself`, {operation: 'copy', key: source.key});
	}

	const attempt = async (hint: ObjectEntry | undefined): Promise<CopyResult> => {
		const known = hint ? undefined : await source.bucket.driver.stat(source.key, {signal: options.signal});
		const copying: Copying = {source, target, options, limit, entry: hint ?? known!};
		const copied = await run(copying, known);
		const {info, from, crc32c, strategy} = copied;
		return {
			size: info.size,
			strategy,
			crc32c: crc32c ?? info.checksums.crc32c,
			verified: verify(copied),
			info,
			lost: lostAt(copying, from),
		};
	};

	try {
		return await attempt(entry).catch((error: unknown) => {
			if (worthARestart(error)) {
				return attempt(undefined);
			}

			throw error;
		});
	} catch (error) {
		throw toSluiceError(error, {operation: 'copy', key: source.key, bucket: source.bucket.name});
	}
};

/**
Copies one object, of any size, from any bucket to any other: verified, with its content headers and user metadata.

Every byte that passes is summed; the sum is compared with what both sides report, and the result says which did. A source that is replaced meanwhile is noticed and copied anew, once. When it rejects the destination is as it was.

Memory: up to 1 MiB an object, else two buffers of 1 MiB a part in flight; for `stream` `concurrency + 1` parts.

@throws {SluiceError} `NOT_FOUND`, `SAME_LOCATION`, `ALREADY_EXISTS` (`overwrite: false`), `SOURCE_CHANGED`, `CHECKSUM_MISMATCH`, `SIZE_MISMATCH`, `UNSUPPORTED`, `CANCELLED`, and what either provider says.
*/
export const copyObject = (source: Location, target: Location, options: CopyOptions = {}): Promise<CopyResult> =>
	copyEntry(source, target, options);
