import {cancelled, type Driver, type ObjectInfo, SluiceError, type WriteCallOptions} from '../contract/index.ts';
import {
	bodyOf,
	checkStored,
	crc32c,
	createPartWriter,
	defaultConcurrency,
	defaultPartSize,
	type MemoryBudget,
	PartUpload,
	planPartSizes,
} from '../streams/index.ts';
import {onAbort} from '../utils/on-abort.ts';
import {bytesOf, type PutSource, pump} from './put-source.ts';

/** A write whose options are checked. */
export interface WriteCall {
	readonly driver: Driver;
	readonly key: string;
	readonly options: Omit<WriteCallOptions, 'signal' | 'size'>;
	readonly budget?: MemoryBudget;
	readonly partSize?: number;
	readonly concurrency?: number;
	readonly size?: number;
	readonly onProgress?: (bytes: number) => void;
	readonly signal?: AbortSignal;
}

/** Whether an object goes out by one request. */
const isSmall = (size: number, {driver, partSize = defaultPartSize}: WriteCall): boolean => {
	const {parts, putMaximum} = driver.capabilities;
	return !parts || size <= Math.min(putMaximum, Math.max(partSize, parts.minimum));
};

const partSizeOf = (size: number, {driver, partSize}: WriteCall): number =>
	planPartSizes({parts: driver.capabilities.parts!, requested: partSize, size}).sizeOf(1);

const parallel = ({driver, concurrency = defaultConcurrency}: WriteCall): number => (driver.capabilities.parts?.parallel ? concurrency : 1);

/** Sends parts straight from the caller's memory. */
const sendParts = async (upload: PartUpload, bytes: Uint8Array, call: WriteCall): Promise<ObjectInfo> => {
	const partSize = partSizeOf(bytes.length, call);
	try {
		for (let offset = 0; offset < bytes.length; offset += partSize) {
			await upload.atMost(parallel(call) - 1);
			upload.ship(bodyOf(bytes.subarray(offset, offset + partSize)));
		}
	} catch (error) {
		await upload.cleaned();
		throw error;
	}

	return upload.complete();
};

const putMemory = async (bytes: Uint8Array, call: WriteCall): Promise<ObjectInfo> => {
	const {driver, key, options, onProgress, signal} = call;
	const upload = new PartUpload({driver, key, options: {...options, size: bytes.length}, concurrency: parallel(call), onProgress});
	const unfollow = onAbort(signal, () => upload.fail(cancelled(signal!)));
	try {
		return await (isSmall(bytes.length, call) ? upload.put(bytes) : sendParts(upload, bytes, call));
	} finally {
		unfollow();
	}
};

const putWhole = async (content: Uint8Array | Blob, size: number, call: WriteCall): Promise<ObjectInfo> => {
	const {driver, key, options, signal} = call;
	const sizes = {size, partSize: partSizeOf(size, call), concurrency: parallel(call)};
	const info = await driver.putWhole!(key, content, {...options, ...sizes, signal});
	const isReported = info.checksums.crc32c !== undefined;
	return checkStored(info, size, isReported && content instanceof Uint8Array ? crc32c(content) : undefined);
};

const putStream = async (source: PutSource, call: WriteCall): Promise<ObjectInfo> => {
	const writer = createPartWriter(call);
	await pump(source, writer);
	return writer.finish();
};

const putBlob = async (blob: Blob, call: WriteCall): Promise<ObjectInfo> => {
	if (isSmall(blob.size, call)) {
		return putMemory(new Uint8Array(await blob.arrayBuffer()), call);
	}

	return usesPutWhole(call) ? putWhole(blob, blob.size, call) : putStream(blob.stream(), {...call, size: blob.size});
};

/** The provider's own uploader tells nothing about its progress. */
const usesPutWhole = ({driver, onProgress}: WriteCall): boolean => driver.putWhole !== undefined && !onProgress;

/** Checks the declared size of what has a length. */
const checkDeclared = (length: number, declared: number | undefined): void => {
	if (declared !== undefined && length !== declared) {
		throw new SluiceError(length < declared ? 'SOURCE_SHORT' : 'SOURCE_LONG', `The source has ${length} bytes, ${declared} were declared`);
	}
};

/** Writes an object from anything that has bytes, by the way that costs least. */
export const put = async (source: PutSource, call: WriteCall): Promise<ObjectInfo> => {
	const bytes = bytesOf(source);
	if (bytes) {
		checkDeclared(bytes.length, call.size);
		return isSmall(bytes.length, call) || !usesPutWhole(call) ? putMemory(bytes, call) : putWhole(bytes, bytes.length, call);
	}

	if (source instanceof Blob) {
		checkDeclared(source.size, call.size);
		return putBlob(source, call);
	}

	return putStream(source, call);
};
