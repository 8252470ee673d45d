import {createServer, type RequestListener, type Server} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {fullChecksum} from './checksums.ts';
import {Exchange, type Shared} from './exchange.ts';
import {Faults} from './faults.ts';
import {BucketMemory, Memory} from './memory.ts';
import {keptHeadersOf} from './object-headers.ts';
import {plainEtag} from './operations/objects.ts';
import {Sockets} from './sockets.ts';
import type {RecordedRequest, S3Server, S3ServerOptions, Settings, StoredObject, StoreOptions} from './types.ts';

export type {Fault, FaultHandle, Faults} from './faults.ts';
export type {OperationName} from './route.ts';
export type * from './types.ts';

const settingsOf = (options: S3ServerOptions): Settings => ({
	region: options.region ?? 'us-east-1',
	credentials: options.credentials ?? {accessKeyId: 'AKIDSLUICE', secretAccessKey: 'sluice/secret+of=tests'},
	minPartSize: options.minPartSize ?? 5 * 1024 ** 2,
	pageSize: options.pageSize ?? 1000,
	trailers: options.trailers ?? 'accept',
	checksums: options.checksums ?? true,
	conditionalWrites: options.conditionalWrites ?? 'enforce',
	virtualHost: options.virtualHost?.toLowerCase(),
	clock: options.clock ?? (() => new Date()),
});

const listen = async ({tls}: S3ServerOptions, shared: Shared): Promise<Server> => {
	const serve =
		(isAwaited: boolean): RequestListener =>
		(request, response) => {
			void new Exchange(request, response, shared, isAwaited).run();
		};
	const server = tls ? createSecureServer(tls) : createServer();
	server.on('request', serve(false));
	server.on('checkContinue', serve(true));
	server.on('tlsClientError', () => {});
	// Connections stay until the client, a fault or `close` ends them: a test counts on it.
	server.keepAliveTimeout = 0;
	server.requestTimeout = 0;
	server.headersTimeout = 0;
	shared.sockets.track(server);

	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return server;
};

const storedObject = (content: Uint8Array, {metadata = {}, headers = {}, checksum = false}: StoreOptions, now: Date): StoredObject => {
	const own = Buffer.from(content);
	const kept = keptHeadersOf(new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])));
	return {
		content: own,
		metadata,
		headers: kept,
		etag: plainEtag(own, kept),
		checksum: checksum === false ? undefined : fullChecksum(checksum === true ? 'CRC64NVME' : checksum, own),
		lastModified: new Date(Math.floor(now.getTime() / 1000) * 1000),
		partSizes: undefined,
	};
};

/**
Starts an S3 on a free port of 127.0.0.1 that keeps objects in memory and is as strict as Amazon's: signatures, framing, checksums, limits and error codes. What a test needs beyond that, it asks of the returned server: the objects as they are stored, the requests as they came, and faults.
*/
export const startS3Server = async (options: S3ServerOptions = {}): Promise<S3Server> => {
	const settings = settingsOf(options);
	const memory = new Memory();
	const faults = new Faults();
	const sockets = new Sockets();
	const requests: RecordedRequest[] = [];
	const closing = new AbortController();
	const protocol = options.tls ? 'https' : 'http';
	const server = await listen(options, {settings, memory, faults, sockets, requests, closing: closing.signal, protocol});

	for (const name of options.buckets ?? ['bucket']) {
		memory.buckets.set(name, new BucketMemory());
	}

	const close = async (): Promise<void> => {
		closing.abort();

		if (!server.listening) {
			return;
		}

		const closed = new Promise(resolve => {
			server.close(resolve);
		});
		sockets.destroyAll();
		await closed;
	};

	return {
		endpoint: `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`,
		region: settings.region,
		accessKeyId: settings.credentials.accessKeyId,
		secretAccessKey: settings.credentials.secretAccessKey,
		faults,
		requests,
		forget: () => {
			requests.length = 0;
		},
		object: (bucket, key) => memory.bucket(bucket).get(key),
		objects: bucket => memory.bucket(bucket).keys(),
		uploads: bucket =>
			[...memory.bucket(bucket).uploads.values()].map(({key, uploadId, parts}) => ({
				key,
				uploadId,
				parts: [...parts.keys()].sort((a, b) => a - b),
			})),
		store: (bucket, key, content, storeOptions = {}) => {
			memory.bucket(bucket).set(key, storedObject(content, storeOptions, settings.clock()));
		},
		openSockets: () => sockets.open,
		connections: () => sockets.accepted,
		close,
		[Symbol.asyncDispose]: close,
	};
};
