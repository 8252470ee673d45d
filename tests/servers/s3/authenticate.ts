import {timingSafeEqual} from 'node:crypto';
import {authorizationOf, type Presented} from './authorization.ts';
import type {Route} from './route.ts';
import {S3Error} from './s3-error.ts';
import {canonicalRequest, type Scope, signatureOf} from './signature.ts';
import type {Settings} from './types.ts';

const MAX_SKEW_MILLISECONDS = 15 * 60 * 1000;
const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** A request whose signature holds: what the check of its body still needs. */
export interface Authenticated {
	/** Value of `x-amz-content-sha256`, or UNSIGNED-PAYLOAD for a presigned URL without one. */
	readonly payloadHash: string;
	/** Seed of the signatures of chunks. */
	readonly signature: string;
	readonly scope: Scope;
}

export const instantOf = (timestamp: string): number =>
	Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

const isoSeconds = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');

const checkScope = ({kind, timestamp, scope: [date, region, service, end]}: Presented, settings: Settings): void => {
	const wrong = (what: string, more: {details?: Record<string, string>; headers?: Record<string, string>} = {}): never => {
		throw kind === 'header'
			? new S3Error('AuthorizationHeaderMalformed', {message: `The authorization header is malformed; ${what}`, ...more})
			: new S3Error('AuthorizationQueryParametersError', {message: `Error parsing the X-Amz-Credential parameter; ${what}`, ...more});
	};

	if (date !== timestamp.slice(0, 8)) {
		wrong(`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${timestamp.slice(0, 8)}".`);
	}

	if (service !== 's3') {
		wrong(`incorrect service "${service}". This endpoint belongs to "s3".`);
	}

	if (end !== 'aws4_request') {
		wrong(`incorrect terminal "${end}". This endpoint uses "aws4_request".`);
	}

	if (region !== settings.region) {
		wrong(`the region '${region}' is wrong; expecting '${settings.region}'`, {
			details: {Region: settings.region},
			headers: {'x-amz-bucket-region': settings.region},
		});
	}
};

const checkSignedHeaders = ({signedHeaders}: Presented, headers: ReadonlyMap<string, string>): void => {
	const unsigned = [...headers.keys()].filter(name => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name));

	if (unsigned.length > 0) {
		throw new S3Error('AccessDenied', {
			message: 'There were headers present in the request which were not signed',
			details: {HeadersNotSigned: unsigned.join(', ')},
		});
	}
};

const checkCredentials = ({accessKeyId, token}: Presented, {credentials}: Settings): void => {
	if (accessKeyId !== credentials.accessKeyId) {
		throw new S3Error('InvalidAccessKeyId', {details: {AWSAccessKeyId: accessKeyId}});
	}

	if (token !== credentials.sessionToken) {
		throw new S3Error('InvalidToken');
	}
};

const checkAge = ({kind, timestamp, expiresSeconds}: Presented, now: number): void => {
	const age = now - instantOf(timestamp);

	if (kind === 'header') {
		if (Math.abs(age) > MAX_SKEW_MILLISECONDS) {
			throw new S3Error('RequestTimeTooSkewed', {
				details: {RequestTime: timestamp, ServerTime: isoSeconds(now), MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLISECONDS)},
			});
		}

		return;
	}

	if (expiresSeconds > WEEK_SECONDS) {
		throw new S3Error('AuthorizationQueryParametersError', {
			message: `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_SECONDS} seconds`,
		});
	}

	if (age < -MAX_SKEW_MILLISECONDS) {
		throw new S3Error('AccessDenied', {message: 'Request is not yet valid', details: {ServerTime: isoSeconds(now)}});
	}

	if (age > expiresSeconds * 1000) {
		throw new S3Error('AccessDenied', {
			message: 'Request has expired',
			details: {
				'X-Amz-Expires': String(expiresSeconds),
				Expires: isoSeconds(instantOf(timestamp) + expiresSeconds * 1000),
				ServerTime: isoSeconds(now),
			},
		});
	}
};

/**
Checks the Signature Version 4 of a request as S3 does, in the Authorization header or in the query. It needs no body.

@throws {S3Error} The code that S3 has for each fault; `SignatureDoesNotMatch` carries the canonical request.
*/
export const authenticate = (
	method: string,
	{rawPath, rawQuery, query}: Route,
	headers: ReadonlyMap<string, string>,
	settings: Settings,
): Authenticated => {
	const presented = authorizationOf(headers, query);
	checkScope(presented, settings);
	checkCredentials(presented, settings);
	checkAge(presented, settings.clock().getTime());

	const {payloadHash, signedHeaders, signature, timestamp} = presented;
	const scope = {secretAccessKey: settings.credentials.secretAccessKey, timestamp, region: settings.region, service: 's3'};
	const request = {method, path: rawPath, query: rawQuery, headers, signedHeaders, payloadHash};
	const expected = Buffer.from(signatureOf(request, scope));
	const given = Buffer.from(signature);

	checkSignedHeaders(presented, headers);

	if (signedHeaders.some(name => !headers.has(name)) || given.length !== expected.length || !timingSafeEqual(given, expected)) {
		throw new S3Error('SignatureDoesNotMatch', {
			details: {
				AWSAccessKeyId: presented.accessKeyId,
				SignatureProvided: signature,
				CanonicalRequest: canonicalRequest(request),
			},
		});
	}

	return {payloadHash, signature, scope};
};
