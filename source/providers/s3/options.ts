import process from 'node:process';
import type {BucketEntry} from '../../contract/index.ts';
import type {TransportOptions} from '../../wire/index.ts';
import {type FieldReader, readFields} from './fields.ts';
import {regionOfType} from './regions.ts';
import type {Credentials} from './sign.ts';

/** A checked entry of the configuration. */
export interface S3Options {
	readonly name: string;
	readonly bucket: string;
	/** Where the first request is signed for; another one is learnt from the server. */
	readonly region: string;
	/** The service's own address; absent: Amazon's, built from the region. */
	readonly endpoint?: {
		/** Scheme, host and port. */
		readonly origin: string;
		/** Path in front of every other, without a slash at its end. */
		readonly basePath: string;
	};
	/** The bucket stands in the path, not in the host name. */
	readonly pathStyle: boolean;
	/** Absent: the default chain of the AWS SDK. */
	readonly credentials?: Credentials;
	readonly storageClass?: string;
	/** `off`: sends and asks for no checksums. */
	readonly checksums: 'auto' | 'off';
	readonly transport: Omit<TransportOptions, 'origin'>;
}

const fields = [
	'name',
	'type',
	'bucket',
	'user',
	'key',
	'sessionToken',
	'endpoint',
	'region',
	'pathStyle',
	'storageClass',
	'checksums',
	'tls',
	'proxy',
	'connections',
	'timeouts',
	'transport',
];

const visible = /^[\u0021-\u007E]+$/;
const accessKey = /^[\u0021-\u002B\u002D\u002E\u0030-\u007E]+$/; // Neither `/` nor `,`: they end it in the Authorization header.
const label = /^[a-z\d](?:[\w-]{0,61}[a-z\d])?$/i;
const bucketName = /^[a-z\d][\w.-]{0,254}$/i;
const dnsBucketName = /^[a-z\d](?:[a-z\d.-]{0,61}[a-z\d])?$/;

const isHost = (hostname: string): boolean =>
	/^\[[\da-f:.]+\]$/.test(hostname) ||
	hostname
		.replace(/\.$/, '')
		.split('.')
		.every(part => label.test(part));

/** Whether a bucket's name can be part of a host name: dots would not match the certificate. */
const isHostLabel = (bucket: string): boolean => dnsBucketName.test(bucket) && !bucket.includes('.');

const readEndpoint = (reader: FieldReader): S3Options['endpoint'] => {
	const text = reader.text('endpoint', /^[\w.~:/[\]-]+$/, 'must be an URL of host, port and path only');
	if (text === undefined) {
		return undefined;
	}

	const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
	const path = text.replace(/^https?:\/\/[^/]*/i, '').replace(/\/+$/, '');
	// The URL class repairs `..`; a path that it would change is refused instead.
	if (url === undefined || !isHost(url.hostname) || url.pathname.replace(/\/+$/, '') !== path || path.includes('//')) {
		throw reader.refuse('endpoint', 'must be an URL such as `https://s3.example.com:9000`');
	}

	return {origin: url.origin, basePath: path};
};

const readRegion = (reader: FieldReader, type: string, isCustom: boolean): string => {
	const region = reader.text('region', /^[a-z\d](?:[a-z\d_-]{0,61}[a-z\d])?$/i, 'must be a name such as `eu-west-1`');
	if (region === 'sa-east-2') {
		throw reader.refuse('region', 'does not exist (Apache Libcloud lists it by mistake); did you mean `sa-east-1`?');
	}

	const fromType = regionOfType(type);
	if (region !== undefined && fromType !== undefined && region !== fromType) {
		throw reader.refuse('region', `is another one than the type's, \`${fromType}\`: use the type \`s3\``);
	}

	const {AWS_REGION, AWS_DEFAULT_REGION} = process.env;
	const fromEnvironment = [AWS_REGION, AWS_DEFAULT_REGION].find(value => value !== undefined && label.test(value));
	return region ?? fromType ?? (isCustom ? undefined : fromEnvironment) ?? 'us-east-1';
};

const readCredentials = (reader: FieldReader): Credentials | undefined => {
	const accessKeyId = reader.text('user', accessKey);
	const secretAccessKey = reader.text('key', visible);
	const sessionToken = reader.text('sessionToken', visible);
	if (accessKeyId !== undefined && secretAccessKey !== undefined) {
		return {accessKeyId, secretAccessKey, ...(sessionToken !== undefined && {sessionToken})};
	}

	if (accessKeyId !== undefined || secretAccessKey !== undefined) {
		throw reader.refuse(accessKeyId === undefined ? 'user' : 'key', 'is missing: give both, or neither for the default credentials of AWS');
	}

	if (sessionToken !== undefined) {
		throw reader.refuse('sessionToken', 'needs `user` and `key`');
	}

	return undefined;
};

const readTls = (reader: FieldReader, entry: BucketEntry): TransportOptions['tls'] => {
	const tls = reader.group('tls', ['ca', 'cert', 'key', 'insecureSkipVerify']);
	if (tls === undefined) {
		return undefined;
	}

	const {ca} = entry.tls as {ca?: unknown};
	const isList = Array.isArray(ca) && ca.every(item => typeof item === 'string');
	const pem = /[\s\S]/;
	return {
		ca: isList ? (ca as string[]) : tls.text('ca', pem),
		cert: tls.text('cert', pem),
		key: tls.text('key', pem),
		insecureSkipVerify: tls.flag('insecureSkipVerify'),
	};
};

const timeoutFields = ['connect', 'firstByte', 'idle', 'floor', 'floorBytes'] as const;

const readTransport = (reader: FieldReader, entry: BucketEntry): S3Options['transport'] => {
	const timeouts = reader.group('timeouts', timeoutFields);
	const given = timeoutFields.map(field => [field, timeouts?.count(field, 0)] as const).filter(([, value]) => value !== undefined);
	return {
		connections: reader.count('connections', 1),
		kind: reader.choice('transport', ['fast', 'compatible']),
		proxy: entry.proxy === false ? false : reader.text('proxy', visible),
		tls: readTls(reader, entry),
		timeouts: Object.fromEntries(given),
	};
};

/**
Checks an entry of the configuration. Makes no request and loads nothing.

@throws {SluiceError} `INVALID_CONFIG` naming `providers.<name>.<field>`; unknown fields too. No value is ever quoted.
*/
export const readOptions = (entry: BucketEntry): S3Options => {
	const reader = readFields(entry);
	reader.refuseOthers(fields);
	const endpoint = readEndpoint(reader);
	const bucket = reader.text('bucket', bucketName, 'must be a bucket name: letters, digits, `.`, `-` and `_`')!;
	if (endpoint === undefined && bucket.length < 3) {
		throw reader.refuse('bucket', 'must have at least 3 characters');
	}

	const pathStyle = reader.flag('pathStyle');
	if (pathStyle === false && !dnsBucketName.test(bucket)) {
		throw reader.refuse('pathStyle', 'must be true: the bucket name cannot be part of a host name');
	}

	return {
		name: entry.name,
		bucket,
		region: readRegion(reader, entry.type, endpoint !== undefined),
		endpoint,
		pathStyle: pathStyle ?? (endpoint !== undefined || !isHostLabel(bucket)),
		credentials: readCredentials(reader),
		storageClass: reader.text('storageClass', /^[\w-]{1,64}$/),
		checksums: reader.choice('checksums', ['auto', 'off']) ?? 'auto',
		transport: readTransport(reader, entry),
	};
};
