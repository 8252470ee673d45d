import type {Answer} from './answer.ts';
import {xmlDocument, xmlElement} from './xml-write.ts';

/** Status and message of each error code that the double answers, worded as S3 words them where that is known. */
const errors = {
	AccessDenied: [403, 'Access Denied'],
	AuthorizationHeaderMalformed: [400, 'The authorization header you provided is invalid.'],
	AuthorizationQueryParametersError: [400, 'The authorization query parameters that you provided are not valid.'],
	BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
	BucketAlreadyOwnedByYou: [409, 'Your previous request to create the named bucket succeeded and you already own it.'],
	BucketNotEmpty: [409, 'The bucket you tried to delete is not empty.'],
	EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
	EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
	IllegalLocationConstraintException: [
		400,
		'The location constraint is incompatible for the region specific endpoint this request was sent to.',
	],
	IncompleteBody: [400, 'The request body terminated unexpectedly'],
	InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
	InvalidArgument: [400, 'Invalid Argument'],
	InvalidBucketName: [400, 'The specified bucket is not valid.'],
	InvalidChunkSizeError: [403, 'Only the last chunk is allowed to have a size less than 8192 bytes'],
	InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
	InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
	InvalidPart: [
		400,
		"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
	],
	InvalidPartNumber: [416, 'The requested partnumber is not satisfiable'],
	InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
	InvalidRange: [416, 'The requested range is not satisfiable'],
	InvalidRequest: [400, 'Invalid Request'],
	InvalidStorageClass: [400, 'The storage class you specified is not valid'],
	InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
	InvalidURI: [400, "Couldn't parse the specified URI."],
	InternalError: [500, 'We encountered an internal error. Please try again.'],
	KeyTooLongError: [400, 'Your key is too long'],
	MalformedTrailerError: [400, 'The request contained trailing data that was not well-formed or did not conform to our published schema.'],
	MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our published schema'],
	MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
	MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
	MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
	NoSuchBucket: [404, 'The specified bucket does not exist'],
	NoSuchKey: [404, 'The specified key does not exist.'],
	NoSuchUpload: [
		404,
		'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
	],
	NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
	NotModified: [304, 'Not Modified'],
	PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
	RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
	SignatureDoesNotMatch: [
		403,
		'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
	],
	SlowDown: [503, 'Please reduce your request rate.'],
	XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof errors;

interface S3ErrorOptions {
	readonly message?: string;
	/** Further elements of the XML, such as `<Region>`. */
	readonly details?: Readonly<Record<string, string>>;
	readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal of the double; thrown anywhere in its work and answered as S3's XML. */
export class S3Error extends Error {
	override readonly name = 'S3Error';
	readonly code: S3ErrorCode;
	readonly status: number;
	readonly details: Readonly<Record<string, string>>;
	readonly headers: Readonly<Record<string, string>>;

	constructor(code: S3ErrorCode, {message, details = {}, headers = {}}: S3ErrorOptions = {}) {
		super(message ?? errors[code][1]);
		this.code = code;
		this.status = errors[code][0];
		this.details = details;
		this.headers = headers;
	}
}

/** The message S3 has for a code, for answers that a test makes up. */
export const messageOf = (code: string): string => (code in errors ? errors[code as S3ErrorCode][1] : code);

export const statusOf = (code: string): number => (code in errors ? errors[code as S3ErrorCode][0] : 500);

export interface ErrorText {
	readonly code: string;
	readonly message: string;
	readonly details?: Readonly<Record<string, string>>;
	readonly requestId: string;
	readonly hostId: string;
}

/** The `<Error>` element alone, for the bodies of 200 that hold one. */
export const errorElement = ({code, message, details = {}, requestId, hostId}: ErrorText): string =>
	xmlElement('Error', {Code: code, Message: message, ...details, RequestId: requestId, HostId: hostId});

/** A failed answer as S3 forms it; without body for 304 (the writer leaves it out for HEAD too). */
export const errorAnswer = (status: number, headers: Readonly<Record<string, string>>, text: ErrorText): Answer =>
	status === 304
		? {status, headers, code: text.code}
		: {
				status,
				code: text.code,
				headers: {'content-type': 'application/xml', ...headers},
				body: Buffer.from(xmlDocument(errorElement(text))),
				isError: true,
			};
