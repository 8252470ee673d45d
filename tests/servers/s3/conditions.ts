import {bucketOf, type Call} from './call.ts';
import {S3Error} from './s3-error.ts';
import type {StoredObject} from './types.ts';

const bare = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '');

/** Whether one of the ETags of a header, quoted or not, is the object's. */
export const matchesEtag = (header: string, etag: string): boolean =>
	header.trim() === '*' || header.split(',').some(candidate => bare(candidate) === bare(etag));

const failed = (condition: string): never => {
	throw new S3Error('PreconditionFailed', {details: {Condition: condition}});
};

const time = (header: string | undefined): number => Date.parse(header ?? '');

/**
Holds an object against the conditions of a read, or of a copy with their names prefixed. If-Match outweighs If-Unmodified-Since and If-None-Match outweighs If-Modified-Since, as RFC 9110 has it.

@throws {S3Error} `PreconditionFailed`, or `NotModified` for a read that need not be answered.
*/
export const checkReadConditions = (headers: ReadonlyMap<string, string>, object: StoredObject, prefix = ''): void => {
	const match = headers.get(`${prefix}if-match`);
	const noneMatch = headers.get(`${prefix}if-none-match`);
	const changed = object.lastModified.getTime();

	if (match === undefined ? changed > time(headers.get(`${prefix}if-unmodified-since`)) : !matchesEtag(match, object.etag)) {
		failed(match === undefined ? 'If-Unmodified-Since' : 'If-Match');
	}

	if (noneMatch === undefined ? changed <= time(headers.get(`${prefix}if-modified-since`)) : matchesEtag(noneMatch, object.etag)) {
		if (prefix) {
			failed(noneMatch === undefined ? 'If-Modified-Since' : 'If-None-Match');
		}

		throw new S3Error('NotModified', {headers: {etag: object.etag, 'last-modified': object.lastModified.toUTCString()}});
	}
};

/**
Holds what is stored under the key against the conditions of a write.

@throws {S3Error} `PreconditionFailed`; `NoSuchKey` for If-Match where nothing is; `NotImplemented` for If-None-Match with anything but `*`, or for any condition on a server that knows none.
*/
export const checkWriteConditions = (call: Call): void => {
	const match = call.headers.get('if-match');
	const noneMatch = call.headers.get('if-none-match');
	const {conditionalWrites} = call.settings;

	if ((match === undefined && noneMatch === undefined) || conditionalWrites === 'ignore') {
		return;
	}

	if (
		conditionalWrites === 'refuse-501' ||
		(noneMatch !== undefined && noneMatch !== '*') ||
		(match !== undefined && noneMatch !== undefined)
	) {
		throw new S3Error('NotImplemented', {details: {Header: noneMatch === undefined ? 'If-Match' : 'If-None-Match'}});
	}

	const bucket = bucketOf(call);

	if (match !== undefined && !matchesEtag(match, bucket.existing(call.key).etag)) {
		failed('If-Match');
	}

	if (noneMatch !== undefined && bucket.get(call.key)) {
		failed('If-None-Match');
	}
};
