/** What was found out about a service. `undefined`: not yet. */
export interface EndpointTraits {
	/** Takes a checksum behind the body (aws-chunked with a trailer). */
	trailers?: boolean;
	/** Keeps one CRC32C for the whole of an upload in parts. */
	fullObject?: boolean;
	/** Knows DeleteObjects. */
	bulkRemove?: boolean;
	/** Keeps to `If-None-Match` and `If-Match` of PUT. */
	conditionalPut?: Promise<boolean>;
	/** The same of CompleteMultipartUpload. */
	conditionalComplete?: Promise<boolean>;
}

// For the life of the process: a service does not change under us, and all its buckets are alike.
const known = new Map<string, EndpointTraits>();

const amazon: EndpointTraits = {
	trailers: true,
	fullObject: true,
	bulkRemove: true,
	conditionalPut: Promise.resolve(true),
	conditionalComplete: Promise.resolve(true),
};

/**
What is known about a service, shared by all buckets there.

@param endpoint - Origin and base path; absent: Amazon's own.
*/
export const traitsOf = (endpoint: string | undefined): EndpointTraits => {
	if (endpoint === undefined) {
		return amazon;
	}

	const traits = known.get(endpoint) ?? {};
	known.set(endpoint, traits);
	return traits;
};
