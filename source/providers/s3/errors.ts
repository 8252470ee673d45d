import {type ErrorCode, type ErrorContext, SluiceError} from '../../contract/index.ts';
import type {WireHead} from '../../wire/index.ts';
import {codeOfName, codeOfStatus} from './error-codes.ts';
import {readXml, textOf, type XmlElement} from './xml.ts';

/** What an `<Error>` document says that we use. Never its message: some servers echo the request in it. */
export interface S3ErrorDocument {
	readonly code?: string;
	readonly region?: string;
	readonly serverTime?: string;
	readonly requestId?: string;
}

const readDocument = (root: XmlElement): S3ErrorDocument => ({
	code: textOf(root, 'Code'),
	region: textOf(root, 'Region'),
	serverTime: textOf(root, 'ServerTime'),
	requestId: textOf(root, 'RequestId'),
});

/** Reads the body of a failed answer; empty when it is none of S3's. */
export const readErrorDocument = (body: Uint8Array): S3ErrorDocument => {
	if (body.length === 0) {
		return {};
	}

	try {
		const root = readXml(body);
		return root.name === 'Error' ? readDocument(root) : {};
	} catch {
		return {};
	}
};

/**
Reads what a server says about the time to wait: `x-amz-retry-after` in milliseconds, `Retry-After` in seconds or as a date. Nonsense is ignored.

@returns Milliseconds.
*/
export const retryAfter = (headers: WireHead['headers'], now: number): number | undefined => {
	const precise = headers['x-amz-retry-after'];
	if (precise !== undefined && /^\d{1,9}$/.test(precise)) {
		return Number(precise);
	}

	const text = headers['retry-after'] ?? '';
	if (/^\d{1,9}$/.test(text)) {
		return Number(text) * 1000;
	}

	const wait = /^[A-Z][a-z]{2}, \d\d /.test(text) ? Date.parse(text) - now : Number.NaN;
	return Number.isNaN(wait) ? undefined : Math.max(0, wait);
};

const token = (text: string | undefined): string | undefined => (text !== undefined && /^[\w.:/+=-]{1,128}$/.test(text) ? text : undefined);

/** What else a caller knows when it turns an answer into an error. */
export interface FailureContext extends ErrorContext {
	/** The request is about the bucket, not about an object. */
	readonly isBucket?: boolean;
	/** What a failed condition means here. */
	readonly precondition?: ErrorCode;
}

const hints: Partial<Record<ErrorCode, string>> = {
	REDIRECT_REFUSED: ': another host, which is not followed',
	UNSUPPORTED: ': this server does not support it',
};

const chooseCode = (status: number, providerCode: string | undefined, {isBucket, precondition}: FailureContext): ErrorCode => {
	// Swift has other words for a failed condition, but no other status.
	const code = status === 412 ? 'PRECONDITION_FAILED' : (codeOfName(providerCode) ?? codeOfStatus(status));
	if (code === 'PRECONDITION_FAILED') {
		return precondition ?? code;
	}

	if (code === 'NOT_FOUND') {
		// A write over a revision of an object that is gone is answered with 404.
		return precondition === 'PRECONDITION_FAILED' ? precondition : isBucket && providerCode === undefined ? 'BUCKET_NOT_FOUND' : code;
	}

	return code;
};

/** Turns a failed answer into an error. Nothing of the body gets into it but the code and the request id. */
export const toS3Error = ({status, headers}: WireHead, document: S3ErrorDocument, context: FailureContext): SluiceError => {
	const {isBucket, precondition, ...known} = context;
	const providerCode = token(document.code);
	const code = chooseCode(status, providerCode, context);
	const what = `${context.operation ?? 'request'}${context.key === undefined ? '' : ` of ${JSON.stringify(context.key)}`}`;
	const answered = `HTTP ${status}${providerCode === undefined ? '' : ` ${providerCode}`}`;
	return new SluiceError(code, `S3 answered ${what} with ${answered}${hints[code] ?? ''}`, {
		...known,
		provider: 's3',
		status,
		providerCode,
		requestId: token(headers['x-amz-request-id']) ?? token(document.requestId),
		retryAfterMilliseconds: retryAfter(headers, Date.now()),
		// The server is at fault or busy, whatever word it has for it.
		...(status >= 500 &&
			status !== 501 &&
			status !== 507 &&
			code !== 'RATE_LIMITED' &&
			code !== 'UNAVAILABLE' && {retry: 'transient' as const}),
	});
};

/** An answer of success that cannot be one. Worth another try: a proxy or a half-dead server may have written it. */
export const badAnswer = (problem: string, {status, headers}: WireHead, context: ErrorContext): SluiceError =>
	new SluiceError('BAD_RESPONSE', `The server's answer ${problem}`, {
		...context,
		provider: 's3',
		status,
		requestId: token(headers['x-amz-request-id']),
		retry: 'transient',
	});

/** Whether a body is an `<Error>` document, which some answers of status 200 have. */
export const isErrorDocument = (root: XmlElement): boolean => root.name === 'Error';

/** The error of a 200 with an `<Error>` in it. */
export const toHiddenError = (root: XmlElement, head: WireHead, context: FailureContext): SluiceError => {
	const document = readDocument(root);
	return codeOfName(document.code) === undefined
		? badAnswer('hides an error that is not known', head, {...context, providerCode: token(document.code)})
		: toS3Error(head, document, context);
};
