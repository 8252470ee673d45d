/**
What each error code means. Programs act on the code, never on the message; `docs/errors.md` is generated from this table.

`retry` says whether the same call can help later: `transient` soon, `throttled` after a longer pause, `never` not without a change.
*/
export const errorCodes = {
	// The caller
	INVALID_ARGUMENT: {retry: 'never', meaning: 'An option or argument cannot be used as given.'},
	INVALID_KEY: {retry: 'never', meaning: 'The provider cannot hold an object of this key.'},
	INVALID_CONFIG: {retry: 'never', meaning: 'The configuration names something that does not exist or lacks a field.'},
	UNSUPPORTED: {retry: 'never', meaning: 'The provider lacks this capability.'},
	CANCELLED: {retry: 'never', meaning: 'The caller aborted the operation; `cause` is the reason of the signal.'},
	SAME_LOCATION: {retry: 'never', meaning: 'Source and destination are the same object.'},

	// The object or the bucket
	NOT_FOUND: {retry: 'never', meaning: 'There is no such object.'},
	BUCKET_NOT_FOUND: {retry: 'never', meaning: 'There is no such bucket.'},
	UPLOAD_NOT_FOUND: {retry: 'never', meaning: 'There is no such unfinished upload: completed, aborted or expired.'},
	ALREADY_EXISTS: {retry: 'never', meaning: 'The object or bucket exists and was to be created only.'},
	PRECONDITION_FAILED: {retry: 'never', meaning: 'The object is not at the revision that the call named.'},
	SOURCE_CHANGED: {retry: 'never', meaning: 'The object was replaced while it was read.'},
	CONFLICT: {retry: 'transient', meaning: 'Another operation on the same object is in progress.'},
	RANGE_NOT_SATISFIABLE: {retry: 'never', meaning: 'The range begins behind the end of the object.'},
	QUOTA: {retry: 'never', meaning: 'The account, the bucket or the size of an object is at its limit.'},

	// Who may
	UNAUTHENTICATED: {retry: 'never', meaning: 'The credentials are missing, unknown, expired or their signature does not match.'},
	PERMISSION_DENIED: {retry: 'never', meaning: 'The credentials are known but may not do this.'},
	CLOCK_SKEW: {retry: 'never', meaning: 'The clocks of this machine and of the server differ by too much.'},

	// The service
	RATE_LIMITED: {retry: 'throttled', meaning: 'The provider asks for fewer requests (429, 503 SlowDown).'},
	UNAVAILABLE: {retry: 'transient', meaning: 'The provider failed to answer the request (500, 502, 503, 504).'},
	REDIRECT_REFUSED: {retry: 'never', meaning: 'The answer points to another host, which is not followed.'},

	// The connection
	CONNECT_FAILED: {retry: 'transient', meaning: 'No connection: refused, unreachable or reset at once.'},
	CONNECT_TIMEOUT: {retry: 'transient', meaning: 'No connection within the time allowed.'},
	HOST_NOT_FOUND: {retry: 'never', meaning: 'The host name does not resolve.'},
	CONNECTION_LOST: {retry: 'transient', meaning: 'The connection broke before the answer was complete.'},
	TIMEOUT: {retry: 'transient', meaning: 'The connection was silent, or slower than the floor, for too long.'},
	TLS_UNTRUSTED: {retry: 'never', meaning: 'The certificate of the server is not trusted, not valid now or not for this host.'},
	TLS_FAILED: {retry: 'transient', meaning: 'The TLS handshake failed.'},
	PROXY_FAILED: {retry: 'transient', meaning: 'The proxy refused or broke the connection.'},

	// What came over it
	BAD_RESPONSE: {retry: 'never', meaning: 'The answer is not what the protocol allows.'},
	LIMIT_EXCEEDED: {retry: 'never', meaning: 'The answer is larger than any that the protocol needs.'},
	LIST_STUCK: {retry: 'never', meaning: 'The listing repeats itself.'},
	RANGE_IGNORED: {retry: 'never', meaning: 'The server sent the whole object where a range was asked for.'},
	RANGE_MISMATCH: {retry: 'transient', meaning: 'The server sent another range than the one asked for.'},
	TRUNCATED: {retry: 'transient', meaning: 'The body ended before its length.'},
	OVERLONG: {retry: 'transient', meaning: 'The body went on past its length.'},

	// Integrity
	SOURCE_SHORT: {retry: 'never', meaning: 'The source ended before its declared size.'},
	SOURCE_LONG: {retry: 'never', meaning: 'The source went on past its declared size.'},
	SIZE_MISMATCH: {retry: 'transient', meaning: 'The stored object has another size than what was sent.'},
	CHECKSUM_MISMATCH: {retry: 'transient', meaning: 'The bytes differ from their checksum.'},

	// This machine
	NO_SPACE: {retry: 'never', meaning: 'The disk is full.'},
	LOCAL_FAILED: {retry: 'never', meaning: 'The file system refused an operation; `cause` has its error.'},
	UNSAFE_PATH: {retry: 'never', meaning: 'A path would leave its folder, by a symbolic link or otherwise.'},
	UNKNOWN: {retry: 'never', meaning: 'An error that sluice does not know; `cause` has the original.'},
} as const satisfies Record<string, {retry: Retryability; meaning: string}>;

/** Whether the same call can help later. */
export type Retryability = 'never' | 'transient' | 'throttled';

/** One of the keys of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

/** What is known about a failure. The layer that knows a field fills it in; nobody overwrites it. */
export interface ErrorContext {
	/** Provider type, such as `s3`. */
	provider?: string;
	/** Name of the configured bucket. */
	bucket?: string;
	/** Verb of the API that failed, such as `read` or `part`. */
	operation?: string;
	key?: string;
	/** Part number, from 1. */
	part?: number;
	/** HTTP status. */
	status?: number;
	/** The provider's own code, such as `SlowDown`. */
	providerCode?: string;
	requestId?: string;
	/** How often it was tried. */
	attempts?: number;
	/** Pause that the server asked for, in milliseconds. */
	retryAfterMilliseconds?: number;
	/** What could not be cleaned up: an unfinished upload's token, a temporary file. */
	leftover?: string;
	cause?: unknown;
	/** Overrules what the code says about retries. */
	retry?: Retryability;
}

/**
The one error of the library. Carries no secret, signature or body in any field.
*/
export class SluiceError extends Error {
	override readonly name = 'SluiceError';
	readonly code: ErrorCode;
	/** Whether the same call can help later. */
	readonly retry: Retryability;
	provider?: string;
	bucket?: string;
	operation?: string;
	key?: string;
	part?: number;
	status?: number;
	providerCode?: string;
	requestId?: string;
	attempts?: number;
	retryAfterMilliseconds?: number;
	leftover?: string;

	constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
		super(message, context.cause === undefined ? undefined : {cause: context.cause});
		this.code = code;
		this.retry = context.retry ?? errorCodes[code].retry;
		this.describe(context);
	}

	/** Fills in what is not known yet, and returns this error. */
	describe(context: ErrorContext): this {
		const {cause, retry, ...known} = context;
		for (const [name, value] of Object.entries(known)) {
			const field = name as keyof typeof known;
			if (value !== undefined && this[field] === undefined) {
				Object.assign(this, {[field]: value});
			}
		}

		return this;
	}
}

/** The error itself when it is one of ours; else an `UNKNOWN` one around it. */
export const toSluiceError = (error: unknown, context: ErrorContext = {}): SluiceError => {
	if (error instanceof SluiceError) {
		return error.describe(context);
	}

	return new SluiceError('UNKNOWN', error instanceof Error ? error.message : String(error), {...context, cause: error});
};

/** The error of an aborted call; `cause` is the reason of the signal. */
export const cancelled = (signal: AbortSignal): SluiceError =>
	new SluiceError('CANCELLED', 'The operation was aborted', {cause: signal.reason});
