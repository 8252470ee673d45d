import {encodeKey} from './encode.ts';
import type {S3Options} from './options.ts';

/** Where a bucket is. */
export interface Address {
	/** Scheme, host and port. */
	readonly origin: string;
	/** Value of the `host` header: with the port unless it is the scheme's own. */
	readonly host: string;
	/** In front of the slash of every key. */
	readonly prefix: string;
}

const amazonOrigin = (region: string): string => `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** Origin of the service itself. A custom endpoint has one host for all regions. */
export const serviceOrigin = ({endpoint}: Pick<S3Options, 'endpoint'>, region: string): string => endpoint?.origin ?? amazonOrigin(region);

/**
The address of a bucket in a region. The region is a host label or it would not be here (`isRegion`).
*/
export const addressOf = (options: Pick<S3Options, 'endpoint' | 'bucket' | 'pathStyle'>, region: string): Address => {
	const service = new URL(serviceOrigin(options, region));
	const host = options.pathStyle ? service.host : `${options.bucket}.${service.host}`;
	return {
		origin: `${service.protocol}//${host}`,
		host,
		prefix: `${options.endpoint?.basePath ?? ''}${options.pathStyle ? `/${options.bucket}` : ''}`,
	};
};

/** Whether what a server calls a region can become part of a host name. */
export const isRegion = (text: string): boolean => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(text);

/** Path and query of a request; without a key it is about the bucket. */
export const pathOf = ({prefix}: Address, key: string | undefined, query = ''): string => {
	const path = key === undefined ? prefix || '/' : `${prefix}/${encodeKey(key)}`;
	return query === '' ? path : `${path}?${query}`;
};

/** Two buckets of the same name at one service are the same. Amazon's names are unique over its regions. */
export const locationOf = ({endpoint, bucket, region}: Pick<S3Options, 'endpoint' | 'bucket' | 'region'>): string =>
	`${endpoint === undefined ? amazonOrigin(region.startsWith('cn-') ? 'cn-north-1' : 'us-east-1') : `${endpoint.origin}${endpoint.basePath}`}/${bucket}`;
