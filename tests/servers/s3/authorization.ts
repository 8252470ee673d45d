import {S3Error} from './s3-error.ts';

/** A signature as the client presented it, not yet believed. */
export interface Presented {
	readonly kind: 'header' | 'query';
	readonly accessKeyId: string;
	/** Date, region, service and terminator. */
	readonly scope: readonly string[];
	readonly signedHeaders: readonly string[];
	readonly signature: string;
	/** `20130524T000000Z`. */
	readonly timestamp: string;
	readonly payloadHash: string;
	readonly token: string | undefined;
	/** Infinity for the header, which has no expiry of its own. */
	readonly expiresSeconds: number;
}

const isTimestamp = /^\d{8}T\d{6}Z$/;
const isPayloadHash =
	/^(?:[\da-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER|STREAMING-AWS4-HMAC-SHA256-PAYLOAD|STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER)$/;

const payloadHashOf = (headers: ReadonlyMap<string, string>): string => {
	const value = headers.get('x-amz-content-sha256');

	if (value === undefined) {
		throw new S3Error('InvalidRequest', {message: 'Missing required header for this request: x-amz-content-sha256'});
	}

	if (!isPayloadHash.test(value)) {
		throw new S3Error('InvalidArgument', {
			message:
				'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
			details: {ArgumentName: 'x-amz-content-sha256', ArgumentValue: value},
		});
	}

	return value;
};

const timestampOf = (headers: ReadonlyMap<string, string>): string => {
	const amz = headers.get('x-amz-date');
	const instant = Date.parse(headers.get('date') ?? '');
	const timestamp = amz ?? (Number.isNaN(instant) ? '' : new Date(instant).toISOString().replaceAll(/[-:]|\.\d{3}/g, ''));

	if (!isTimestamp.test(timestamp)) {
		throw new S3Error('AccessDenied', {message: 'AWS authentication requires a valid Date or x-amz-date header'});
	}

	return timestamp;
};

const fromHeader = (authorization: string, headers: ReadonlyMap<string, string>): Presented => {
	if (!authorization.startsWith('AWS4-HMAC-SHA256')) {
		throw new S3Error('InvalidRequest', {
			message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
		});
	}

	const fields = /^AWS4-HMAC-SHA256 +Credential=([^\s,]+), *SignedHeaders=([^\s,]+), *Signature=([\da-f]{64})$/.exec(authorization);
	const [accessKeyId = '', ...scope] = (fields?.[1] ?? '').split('/');

	if (!fields || scope.length !== 4) {
		throw new S3Error('AuthorizationHeaderMalformed');
	}

	return {
		kind: 'header',
		accessKeyId,
		scope,
		signedHeaders: fields[2]!.split(';'),
		signature: fields[3]!,
		timestamp: timestampOf(headers),
		payloadHash: payloadHashOf(headers),
		token: headers.get('x-amz-security-token'),
		expiresSeconds: Number.POSITIVE_INFINITY,
	};
};

const fromQuery = (query: ReadonlyMap<string, string>, headers: ReadonlyMap<string, string>): Presented => {
	const [accessKeyId = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
	const timestamp = query.get('X-Amz-Date') ?? '';
	const signature = query.get('X-Amz-Signature') ?? '';
	const signedHeaders = query.get('X-Amz-SignedHeaders') ?? '';
	const expires = query.get('X-Amz-Expires') ?? '';
	const isComplete =
		query.get('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' &&
		scope.length === 4 &&
		isTimestamp.test(timestamp) &&
		/^[1-9]\d*$/.test(expires) &&
		signedHeaders !== '' &&
		/^[\da-f]{64}$/.test(signature);

	if (!isComplete) {
		throw new S3Error('AuthorizationQueryParametersError', {
			message:
				'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
		});
	}

	return {
		kind: 'query',
		accessKeyId,
		scope,
		signedHeaders: signedHeaders.split(';'),
		signature,
		timestamp,
		payloadHash: headers.has('x-amz-content-sha256') ? payloadHashOf(headers) : (query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD'),
		token: query.get('X-Amz-Security-Token'),
		expiresSeconds: Number(expires),
	};
};

/**
Reads who signed and how, from the Authorization header or the query of a presigned URL.

@throws {S3Error} `AccessDenied` for an anonymous request; a code of S3's own for one that is malformed.
*/
export const authorizationOf = (headers: ReadonlyMap<string, string>, query: ReadonlyMap<string, string>): Presented => {
	const authorization = headers.get('authorization');
	const isPresigned = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature');

	if (authorization !== undefined && isPresigned) {
		throw new S3Error('InvalidArgument', {
			message:
				'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
		});
	}

	if (isPresigned) {
		return fromQuery(query, headers);
	}

	if (authorization === undefined) {
		throw new S3Error('AccessDenied');
	}

	return fromHeader(authorization, headers);
};
