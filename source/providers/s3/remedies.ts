import type {WireHead} from '../../wire/index.ts';
import {isRegion} from './address.ts';
import type {S3ErrorDocument} from './errors.ts';

/*
What can be learnt from a refusal. Answers to HEAD have no document: status and headers must do.
*/

/** S3 allows a quarter of an hour; a third of that is enough to be suspected. */
const suspiciousMilliseconds = 5 * 60_000;

const regional = new Set([
	'PermanentRedirect',
	'TemporaryRedirect',
	'Redirect',
	'AuthorizationHeaderMalformed',
	'IllegalLocationConstraintException',
]);
const expired = new Set(['ExpiredToken', 'TokenRefreshRequired', 'InvalidToken']);

/** The region that the server wants a request to be signed for. What is no host label is no region. */
export const namedRegion = ({status, headers}: WireHead, {code, region}: S3ErrorDocument): string | undefined => {
	const isAboutRegion = code === undefined ? status === 301 || status === 307 || status === 400 : regional.has(code);
	const found = headers['x-amz-bucket-region'] ?? region;
	return isAboutRegion && found !== undefined && isRegion(found) ? found : undefined;
};

/**
The server's time, when it refuses ours.

@param now - Our idea of it. All in milliseconds.
*/
export const skewedTime = (
	{status, headers}: WireHead,
	method: string,
	{code, serverTime}: S3ErrorDocument,
	now: number,
): number | undefined => {
	const time = Date.parse(serverTime ?? headers.date ?? '');
	const isSuspected = method === 'HEAD' && status === 403 && Math.abs(time - now) > suspiciousMilliseconds;
	return (code === 'RequestTimeTooSkewed' || isSuspected) && !Number.isNaN(time) ? time : undefined;
};

/** Whether newer credentials may help. */
export const isExpired = ({status}: WireHead, method: string, {code}: S3ErrorDocument): boolean =>
	code === undefined ? status === 401 || (method === 'HEAD' && status === 400) : expired.has(code);
