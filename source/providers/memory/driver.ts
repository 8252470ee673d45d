import {randomUUID} from 'node:crypto';
import {type Capabilities, type Driver, type ReadAnswer, SluiceError} from '../../contract/index.ts';
import {GIB, KIB} from '../../utils/sizes.ts';
import {listStore} from './list.ts';
import type {MemoryOptions} from './options.ts';
import {commit, find, lend, receive, turn} from './requests.ts';
import {createSession} from './session.ts';
import {type Store, storeOf} from './store.ts';

const capabilities: Capabilities = {
	provider: 'memory',
	service: 'current',
	read: {ranges: true, pin: true},
	putMaximum: GIB,
	parts: {minimum: 1, maximum: GIB, count: 10_000, uniform: false, parallel: true, multiple: 1},
	conditions: {absent: 'enforced', revision: 'enforced'},
	crc32c: 'checked',
	list: {order: 'bytes', delimiter: true, startAfter: true},
	removeBatch: 1000,
	metadataMaximum: 8 * KIB,
	contentHeaders: true,
	keyMaximum: 1024,
	sign: [],
	copyMaximum: 1024 * GIB,
	uploads: true,
	createBucket: false,
};

/** The stores of drivers, for copies from one to another. */
const stores = new WeakMap<Driver, Store>();

/** A bucket in the memory of this process: for tests, and to try things. Its objects are gone with the process. */
export const createMemoryDriver = ({bucket}: MemoryOptions): Driver => {
	const store = storeOf(bucket);

	const driver: Driver = {
		capabilities,
		location: `memory:${bucket}`,

		async stat(key, {signal}) {
			await turn(signal);
			return find(store, key).info;
		},

		async list(options) {
			await turn(options.signal);
			return listStore(store, options);
		},

		async remove(keys, {signal}) {
			await turn(signal);
			for (const key of keys) {
				store.remove(key);
			}

			return keys.map(key => ({key}));
		},

		async read(key, {range, pin, onAnswer, signal}, consume) {
			await turn(signal);
			const object = find(store, key, pin);
			const {size} = object.info;
			const start = range?.start ?? 0;
			if (range && start >= size) {
				throw new SluiceError('RANGE_NOT_SATISFIABLE', `The object ends before byte ${start}`);
			}

			const end = Math.min(range?.end ?? size - 1, size - 1);
			const answer: ReadAnswer = {info: object.info, start, length: end - start + 1};
			onAnswer?.(answer);
			await lend(object, {start, end}, consume, signal);
			return answer;
		},

		async put(key, body, options) {
			await turn(options.signal);
			const {bytes, crc32c} = await receive(body, options.signal);
			return commit(store, key, {pieces: [bytes], crc32c}, options);
		},

		async begin(key, options) {
			await turn(options.signal);
			const id = randomUUID();
			store.uploads.set(id, {key, options, started: new Date(), parts: new Map()});
			return createSession(store, id);
		},

		resume: id => createSession(store, id),

		async *uploads({prefix = '', signal}) {
			await turn(signal);
			for (const [token, {key, started}] of store.uploads) {
				if (key.startsWith(prefix)) {
					yield {key, token, started};
				}
			}
		},

		canCopyFrom: source => stores.has(source),

		async copyFrom(source, sourceKey, key, {pin, ...options}) {
			await turn(options.signal);
			const {info, pieces} = find(stores.get(source)!, sourceKey, pin);
			const {headers = info.headers, metadata = info.metadata, storageClass = info.storageClass} = options;
			return commit(store, key, {pieces, crc32c: info.checksums.crc32c!}, {...options, headers, metadata, storageClass});
		},

		async close() {},
	};

	stores.set(driver, store);
	return driver;
};
