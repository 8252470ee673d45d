import type {ErrorCode} from '../../contract/index.ts';

/*
Codes of S3 and of the servers that speak its language, MinIO, Ceph and Swift among them.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
*/
const byName: Readonly<Record<string, ErrorCode>> = {
	NoSuchKey: 'NOT_FOUND',
	NoSuchVersion: 'NOT_FOUND',
	NoSuchBucket: 'BUCKET_NOT_FOUND',
	NoSuchUpload: 'UPLOAD_NOT_FOUND',
	BucketAlreadyExists: 'ALREADY_EXISTS',
	BucketAlreadyOwnedByYou: 'ALREADY_EXISTS',
	PreconditionFailed: 'PRECONDITION_FAILED',
	ConditionalRequestConflict: 'CONFLICT',
	OperationAborted: 'CONFLICT',
	InvalidRange: 'RANGE_NOT_SATISFIABLE',

	EntityTooLarge: 'QUOTA',
	QuotaExceeded: 'QUOTA',
	TooManyBuckets: 'QUOTA',
	InsufficientCapacity: 'QUOTA',
	XMinioStorageFull: 'QUOTA',
	XMinioAdminBucketQuotaExceeded: 'QUOTA',

	AccessDenied: 'PERMISSION_DENIED',
	AllAccessDisabled: 'PERMISSION_DENIED',
	AccountProblem: 'PERMISSION_DENIED',
	InvalidAccessKeyId: 'UNAUTHENTICATED',
	SignatureDoesNotMatch: 'UNAUTHENTICATED',
	AuthorizationHeaderMalformed: 'UNAUTHENTICATED',
	AuthorizationQueryParametersError: 'UNAUTHENTICATED',
	ExpiredToken: 'UNAUTHENTICATED',
	InvalidToken: 'UNAUTHENTICATED',
	TokenRefreshRequired: 'UNAUTHENTICATED',
	InvalidSecurity: 'UNAUTHENTICATED',
	MissingSecurityHeader: 'UNAUTHENTICATED',
	RequestTimeTooSkewed: 'CLOCK_SKEW',
	RequestExpired: 'CLOCK_SKEW',

	SlowDown: 'RATE_LIMITED',
	SlowDownRead: 'RATE_LIMITED',
	SlowDownWrite: 'RATE_LIMITED',
	Throttling: 'RATE_LIMITED',
	ThrottlingException: 'RATE_LIMITED',
	TooManyRequests: 'RATE_LIMITED',
	TooManyRequestsException: 'RATE_LIMITED',
	RequestLimitExceeded: 'RATE_LIMITED',
	BandwidthLimitExceeded: 'RATE_LIMITED',
	InternalError: 'UNAVAILABLE',
	InternalFailure: 'UNAVAILABLE',
	ServiceUnavailable: 'UNAVAILABLE',
	XMinioServerNotInitialized: 'UNAVAILABLE',
	RequestTimeout: 'TIMEOUT',
	IncompleteBody: 'CONNECTION_LOST',

	BadDigest: 'CHECKSUM_MISMATCH',
	InvalidDigest: 'CHECKSUM_MISMATCH',
	XAmzContentSHA256Mismatch: 'CHECKSUM_MISMATCH',
	XAmzContentChecksumMismatch: 'CHECKSUM_MISMATCH',

	KeyTooLongError: 'INVALID_KEY',
	InvalidURI: 'INVALID_KEY',
	XMinioInvalidObjectName: 'INVALID_KEY',
	XMinioInvalidResourceName: 'INVALID_KEY',
	XMinioParentIsObject: 'INVALID_KEY',
	ObjectParentIsFile: 'INVALID_KEY',
	DirectoryObjectContainsData: 'INVALID_KEY',

	NotImplemented: 'UNSUPPORTED',
	MethodNotAllowed: 'UNSUPPORTED',
	MissingContentLength: 'UNSUPPORTED',
	// The object lies in an archive and must be restored first.
	InvalidObjectState: 'UNSUPPORTED',

	PermanentRedirect: 'REDIRECT_REFUSED',
	TemporaryRedirect: 'REDIRECT_REFUSED',
	Redirect: 'REDIRECT_REFUSED',

	EntityTooSmall: 'INVALID_ARGUMENT',
	InvalidArgument: 'INVALID_ARGUMENT',
	InvalidPart: 'INVALID_ARGUMENT',
	InvalidPartOrder: 'INVALID_ARGUMENT',
	InvalidRequest: 'INVALID_ARGUMENT',
	InvalidStorageClass: 'INVALID_ARGUMENT',
	MalformedXML: 'INVALID_ARGUMENT',
	MetadataTooLarge: 'INVALID_ARGUMENT',
};

/** For answers without a code of their own: those to HEAD, and those of proxies. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
	400: 'INVALID_ARGUMENT',
	401: 'UNAUTHENTICATED',
	403: 'PERMISSION_DENIED',
	404: 'NOT_FOUND',
	405: 'UNSUPPORTED',
	407: 'PROXY_FAILED',
	408: 'TIMEOUT',
	409: 'CONFLICT',
	411: 'UNSUPPORTED',
	412: 'PRECONDITION_FAILED',
	413: 'QUOTA',
	416: 'RANGE_NOT_SATISFIABLE',
	429: 'RATE_LIMITED',
	501: 'UNSUPPORTED',
	507: 'QUOTA',
};

/** What one of S3's codes means; `undefined` for one that is not in the table. */
export const codeOfName = (name: string | undefined): ErrorCode | undefined =>
	name !== undefined && Object.hasOwn(byName, name) ? byName[name] : undefined;

/** What a status means that comes without a code. */
export const codeOfStatus = (status: number): ErrorCode => {
	if (status >= 300 && status < 400) {
		return status === 304 ? 'BAD_RESPONSE' : 'REDIRECT_REFUSED';
	}

	return byStatus[status] ?? (status >= 500 ? 'UNAVAILABLE' : status < 400 ? 'BAD_RESPONSE' : 'UNKNOWN');
};
