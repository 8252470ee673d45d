import {Agent as HttpAgent} from 'node:http';
import {Agent as HttpsAgent} from 'node:https';
import process from 'node:process';
import {S3Client as SdkClient} from '@aws-sdk/client-s3';
import {type ErrorContext, SluiceError} from '../../contract/index.ts';
import {createSecureContext} from '../../wire/tls.ts';
import {defaultTimeouts} from '../../wire/transport.ts';
import {serviceOrigin} from './address.ts';
import type {S3Client} from './client.ts';
import {toS3Error} from './errors.ts';
import type {S3Options} from './options.ts';
import type {Credentials} from './sign.ts';

/*
The AWS SDK does what is rare: the default credentials, copies within the service, lists of unfinished uploads, buckets, whole bodies by lib-storage. Loading it takes 120 ms and 30 MB, so only `import()` loads this file.
*/

/** Options of an agent; an instance of one is what keeps CA and connections through `Expect` and retries. */
const agentOptions = ({transport: {connections = 64, proxy}}: S3Options) => ({
	keepAlive: true,
	maxSockets: connections,
	...(proxy !== false && {proxyEnv: proxy === undefined ? process.env : {HTTP_PROXY: proxy, HTTPS_PROXY: proxy}}),
});

/** The default credentials of AWS: environment, shared files, SSO, web identity, container, instance; kept until shortly before they expire. */
export const defaultCredentials = async ({region}: S3Options): Promise<(options?: {forceRefresh?: boolean}) => Promise<Credentials>> => {
	const {credentials} = new SdkClient({region}).config;
	return credentials;
};

/** Makes a client of the SDK that behaves like ours: same address, credentials, TLS and clock, no retries, no checksums that other servers refuse. */
export const createSdk = (client: S3Client): SdkClient => {
	const {options, region} = client;
	const timeouts = {...defaultTimeouts, ...options.transport.timeouts};
	const checksums = options.endpoint === undefined && options.checksums === 'auto' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
	return new SdkClient({
		region,
		...(options.endpoint !== undefined && {endpoint: `${serviceOrigin(options, region)}${options.endpoint.basePath}`}),
		forcePathStyle: options.pathStyle,
		followRegionRedirects: options.endpoint === undefined,
		credentials: async () => ({...(await client.credentials())}),
		maxAttempts: 1,
		expectContinueHeader: false,
		requestChecksumCalculation: checksums,
		responseChecksumValidation: 'WHEN_REQUIRED',
		requestHandler: {
			httpAgent: new HttpAgent(agentOptions(options)),
			httpsAgent: new HttpsAgent({
				...agentOptions(options),
				secureContext: createSecureContext(options.transport.tls),
				// Always set: NODE_TLS_REJECT_UNAUTHORIZED turns nothing off.
				rejectUnauthorized: options.transport.tls?.insecureSkipVerify !== true,
			}),
			connectionTimeout: timeouts.connect,
			socketTimeout: timeouts.idle,
		},
	});
};

interface SdkError extends Error {
	readonly $metadata?: {readonly httpStatusCode?: number; readonly requestId?: string};
	readonly $response?: {readonly headers?: Readonly<Record<string, string>>};
	readonly Code?: string;
}

export const isSdkError = (error: unknown): error is SdkError => error instanceof Error && '$metadata' in error;

/** Turns what the SDK throws into our error. */
export const fromSdkError = (
	error: unknown,
	context: ErrorContext & {precondition?: 'ALREADY_EXISTS' | 'SOURCE_CHANGED'},
	signal?: AbortSignal,
): SluiceError => {
	const {precondition, ...known} = context;
	if (error instanceof SluiceError) {
		return error.describe(known);
	}

	if (signal?.aborted) {
		return new SluiceError('CANCELLED', 'The operation was aborted', {...known, cause: signal.reason});
	}

	const status = isSdkError(error) ? error.$metadata?.httpStatusCode : undefined;
	if (!isSdkError(error) || status === undefined) {
		return new SluiceError('CONNECTION_LOST', 'The connection to the server failed', {...known, provider: 's3', cause: error});
	}

	const document = {code: error.Code ?? error.name, requestId: error.$metadata?.requestId};
	return toS3Error({status, headers: error.$response?.headers ?? {}}, document, context);
};

/** Runs work with a client of the SDK that lives as long as it. */
export const withSdk = async <T>(client: S3Client, work: (sdk: SdkClient) => Promise<T>): Promise<T> => {
	const sdk = createSdk(client);
	try {
		return await work(sdk);
	} finally {
		sdk.destroy();
	}
};
