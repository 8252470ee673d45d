import {type Body, type ErrorCode, type SignOptions, SluiceError} from '../../contract/index.ts';
import {createTransport, type Transport, type WireAnswer, type WireRequest} from '../../wire/index.ts';
import {type Address, addressOf, pathOf} from './address.ts';
import {createCredentials} from './credentials.ts';
import {readErrorDocument, type S3ErrorDocument, toS3Error} from './errors.ts';
import type {S3Options} from './options.ts';
import {isExpired, namedRegion, skewedTime} from './remedies.ts';
import {type Credentials, createSigner, EMPTY_PAYLOAD, type Signer} from './sign.ts';
import {type EndpointTraits, traitsOf} from './traits.ts';

/** A request that is neither addressed nor signed yet. */
export interface S3Request
	extends Pick<WireRequest, 'method' | 'body' | 'signal' | 'onHead' | 'consume' | 'collectMaximum' | 'firstByteMilliseconds'> {
	/** Verb of the contract, for errors. */
	readonly operation: string;
	/** Absent: the bucket itself. */
	readonly key?: string;
	/** Encoded, its fields sorted by name. */
	readonly query?: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Value of `x-amz-content-sha256`. Default: that of no body. */
	readonly payload?: string;
	/** Part number, for errors. */
	readonly part?: number;
	/** What a failed condition means. Default `PRECONDITION_FAILED`. */
	readonly precondition?: ErrorCode;
}

/** Speaks to one bucket: addresses and signs requests, and learns from refusals what can be learnt. */
export interface S3Client {
	readonly options: S3Options;
	readonly traits: EndpointTraits;
	/** The region as it is known now. */
	readonly region: string;
	/**
	Sends a request. A wrong region, a wrong clock and expired keys are mended and the request is sent once more for each.

	@throws {SluiceError} For every answer that is not 2xx.
	*/
	send(request: S3Request): Promise<WireAnswer>;
	presign(key: string, options: SignOptions): Promise<string>;
	credentials(): Promise<Credentials>;
	close(): Promise<void>;
}

type Remedy = 'region' | 'clock' | 'keys';

interface Attempt {
	readonly answer: WireAnswer;
	/** The connection died under a conditional write and the wire sent it again: a failed condition may have been met by the first one. */
	readonly isRepeated: boolean;
	readonly region: string;
	readonly credentials: Credentials;
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Counts how often a body is sent. */
const countSends = (body: WireRequest['body']): {body: WireRequest['body']; sends: () => number} => {
	let sends = 0;
	const send: Body['send'] = async write => {
		sends++;
		return body!.send(write);
	};
	return {body: body && {size: body.size, send}, sends: () => sends};
};

/** Makes the client of an entry. Opens no connection and loads nothing yet. */
export const createClient = (options: S3Options): S3Client => {
	const {endpoint} = options;
	const traits = traitsOf(endpoint && `${endpoint.origin}${endpoint.basePath}`);
	const source = createCredentials(options);
	let region = options.region;
	let address: Address = addressOf(options, region);
	let signer: Signer = createSigner(region);
	let transport: Transport | undefined;
	/** What the server's clock is ahead of ours, in milliseconds. */
	let ahead = 0;

	const connect = (): Transport => {
		transport ??= createTransport({...options.transport, origin: address.origin});
		return transport;
	};

	const moveTo = (found: string): void => {
		const {origin} = address;
		region = found;
		address = addressOf(options, region);
		signer = createSigner(region);
		if (address.origin !== origin) {
			void transport?.close();
			transport = undefined;
		}
	};

	const attempt = async (request: S3Request): Promise<Attempt> => {
		const fetched = source.get();
		const credentials = fetched instanceof Promise ? await fetched : fetched;
		const path = pathOf(address, request.key, request.query);
		const headers: Record<string, string> = {
			host: address.host,
			...request.headers,
			'x-amz-content-sha256': request.payload ?? EMPTY_PAYLOAD,
		};
		const used = region;
		signer.sign({method: request.method, path, headers}, credentials, Date.now() + ahead);
		const {method, signal, onHead, consume, collectMaximum, firstByteMilliseconds} = request;
		const {body, sends} = request.precondition === undefined ? {body: request.body, sends: () => 1} : countSends(request.body);
		const answer = await connect().request({
			method,
			path,
			headers,
			body,
			signal,
			onHead,
			consume,
			collectMaximum,
			firstByteMilliseconds,
		});
		return {answer, isRepeated: sends() > 1, region: used, credentials};
	};

	const mendRegion = ({answer, region: used}: Attempt, document: S3ErrorDocument): boolean => {
		const found = namedRegion(answer, document);
		if (found === undefined || found === used) {
			return false;
		}

		if (found !== region) {
			moveTo(found);
		}

		return true;
	};

	const mendClock = ({answer}: Attempt, method: string, document: S3ErrorDocument): boolean => {
		const time = skewedTime(answer, method, document, Date.now() + ahead);
		ahead = time === undefined ? ahead : time - Date.now();
		return time !== undefined;
	};

	const mend = async (failed: Attempt, method: string, document: S3ErrorDocument): Promise<Remedy | undefined> => {
		if (mendRegion(failed, document)) {
			return 'region';
		}

		if (mendClock(failed, method, document)) {
			return 'clock';
		}

		return isExpired(failed.answer, method, document) && (await source.renew(failed.credentials)) ? 'keys' : undefined;
	};

	const fail = ({answer, isRepeated}: Attempt, document: S3ErrorDocument, {operation, key, part, precondition}: S3Request): SluiceError => {
		const error = toS3Error(answer, document, {operation, key, part, precondition, isBucket: key === undefined});
		if (isRepeated && (error.code === 'ALREADY_EXISTS' || error.code === 'PRECONDITION_FAILED')) {
			return new SluiceError('CONNECTION_LOST', 'The answer to a conditional write was lost', {
				provider: 's3',
				operation,
				key,
				cause: error,
			});
		}

		if (error.code !== 'CLOCK_SKEW') {
			return error;
		}

		const theirs = Date.parse(document.serverTime ?? answer.headers.date ?? '');
		const clocks = `${new Date().toISOString()} here, ${Number.isNaN(theirs) ? 'unknown' : new Date(theirs).toISOString()} there`;
		return new SluiceError('CLOCK_SKEW', `The clocks differ by too much: ${clocks}`, {...error, cause: error});
	};

	return {
		options,
		traits,
		get region() {
			return region;
		},

		async send(request) {
			let mended: Remedy[] | undefined;
			for (;;) {
				const made = await attempt(request);
				if (isSuccess(made.answer.status)) {
					return made.answer;
				}

				const document = readErrorDocument(made.answer.body);
				const remedy = await mend(made, request.method, document);
				if (remedy === undefined || mended?.includes(remedy)) {
					throw fail(made, document, request);
				}

				mended = [...(mended ?? []), remedy];
			}
		},

		async presign(key, {method, expiresSeconds, contentType}) {
			const credentials = await source.get();
			const headers: Record<string, string> = {host: address.host, ...(contentType !== undefined && {'content-type': contentType})};
			const path = signer.presign({method, path: pathOf(address, key), headers}, credentials, Date.now() + ahead, expiresSeconds);
			return `${address.origin}${path}`;
		},

		credentials: async () => source.get(),

		async close() {
			await transport?.close();
		},
	};
};
