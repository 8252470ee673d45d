import {type Body, type Capabilities, type Driver, type ObjectInfo, SluiceError, type UploadSession} from '../../source/contract/index.ts';
import {KIB} from '../../source/utils/sizes.ts';

export const fakeCapabilities: Capabilities = {
	provider: 'fake',
	service: 'current',
	read: {ranges: true, pin: true},
	putMaximum: 1024 * KIB,
	parts: {minimum: 1, maximum: 1024 * KIB, count: 100, uniform: false, parallel: true, multiple: 1},
	conditions: {absent: 'enforced', revision: 'enforced'},
	crc32c: 'none',
	list: {order: 'bytes', delimiter: true, startAfter: true},
	removeBatch: 3,
	metadataMaximum: 100,
	contentHeaders: true,
	keyMaximum: 100,
	sign: ['GET'],
	uploads: true,
	createBucket: false,
};

const unexpected = async (): Promise<never> => {
	throw new Error('not expected to be called');
};

/** A driver of which a test writes the verbs that it needs. */
export const fakeDriver = ({
	capabilities,
	...verbs
}: Partial<Omit<Driver, 'capabilities'>> & {capabilities?: Partial<Capabilities>} = {}): Driver => ({
	capabilities: {...fakeCapabilities, ...capabilities},
	location: 'fake:',
	stat: unexpected,
	list: unexpected,
	remove: unexpected,
	read: unexpected,
	put: unexpected,
	async close() {},
	...verbs,
});

export const fakeInfo = (size: number, rest: Partial<ObjectInfo> = {}): ObjectInfo => ({
	key: 'key',
	size,
	headers: {},
	metadata: Object.create(null),
	checksums: {},
	...rest,
});

/** Sends a body into nothing. */
export const swallow = async (body: Body): Promise<void> => body.send(() => {});

export const unavailable = (): SluiceError => new SluiceError('UNAVAILABLE', 'not now');

export const lost = (): SluiceError => new SluiceError('CONNECTION_LOST', 'broken');

/** Resolves or rejects by hand. */
export interface Gate<T = void> {
	readonly promise: Promise<T>;
	readonly open: (value: T) => void;
	readonly fail: (error: unknown) => void;
}

export const gate = <T = void>(): Gate<T> => {
	const {promise, resolve, reject} = Promise.withResolvers<T>();
	return {promise, open: resolve, fail: reject};
};

/** A driver with uploads in parts that writes down what happens, in order. */
export const loggingDriver = (
	session: Partial<UploadSession> = {},
	verbs: Parameters<typeof fakeDriver>[0] = {},
): {driver: Driver; log: string[]} => {
	const log: string[] = [];
	const driver = fakeDriver({
		async put(_key, body) {
			log.push(`put ${body.size}`);
			await swallow(body);
			return fakeInfo(body.size);
		},
		async begin() {
			log.push('begin');
			return {
				token: 'token',
				async part({number, body}) {
					log.push(`part ${number} ${body.size}`);
					await swallow(body);
					return {number, size: body.size, crc32c: body.crc32c()!};
				},
				async complete(parts, {size}) {
					log.push(`complete ${parts.map(({number}) => number).join()} ${size}`);
					return fakeInfo(size);
				},
				async abort() {
					log.push('abort');
				},
				...session,
			};
		},
		...verbs,
	});

	return {driver, log};
};
