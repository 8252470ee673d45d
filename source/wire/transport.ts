import type {Body, Consume} from '../contract/body.ts';

/** A request as it goes over the wire: everything is encoded and signed already. */
export interface WireRequest {
	readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'COPY';
	/** Path and query, percent-encoded; sent as it is, never normalised. */
	readonly path: string;
	/**
	Header names in lower case. `host`, `content-length`, `connection` and `accept-encoding` (`identity`) are set by the transport; a `host` given here wins.
	*/
	readonly headers: Readonly<Record<string, string>>;
	/** Absent: no body. Sent again from the start when a kept-alive connection turns out to be dead. */
	readonly body?: Pick<Body, 'size' | 'send'>;
	readonly signal?: AbortSignal;
	/** Called with the head of a final answer (not 1xx), before its body. What it throws ends the request with that error. */
	readonly onHead?: (head: WireHead) => void;
	/**
	Takes the body of an answer with a 2xx status. Absent: it is collected (`WireAnswer.body`), up to `collectMaximum`.
	*/
	readonly consume?: Consume;
	/** Most bytes of a collected 2xx body; more is `LIMIT_EXCEEDED`. Default 16 MiB. */
	readonly collectMaximum?: number;
	/** How long to wait for the answer once the body is sent, in milliseconds. Default: the transport's. */
	readonly firstByteMilliseconds?: number;
}

export interface WireHead {
	readonly status: number;
	/** Names in lower case; repeated ones are joined by `, `. An object without prototype. */
	readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface WireAnswer extends WireHead {
	/** What was collected: the body of any answer that is not 2xx, cut at 64 KiB, or of a 2xx without `consume`. Latin-1 bytes as they came. */
	readonly body: Uint8Array;
}

/** Limits of waiting, in milliseconds. There is none on a whole transfer. */
export interface WireTimeouts {
	/** TCP and TLS handshake, the wait for a free connection not included. Default 10 000. */
	readonly connect: number;
	/** From the end of the request to the head of the answer. Default 30 000. */
	readonly firstByte: number;
	/** Without a byte either way, while it is not the caller who is slow. Default 30 000. */
	readonly idle: number;
	/**
	Fewer than `floorBytes` a second over this time are a `TIMEOUT`; 0: no floor. Default 30 000.

	Holds for bodies that are consumed and for errors. A 2xx that is collected may drip: S3 sends blanks while it completes an upload.
	*/
	readonly floor: number;
	/** Default 1024. */
	readonly floorBytes: number;
}

export interface TlsOptions {
	/** PEM text of certificates to trust besides the default ones. */
	readonly ca?: string | readonly string[];
	/** PEM text of a client certificate and its key. */
	readonly cert?: string;
	readonly key?: string;
	/** Turns the check of certificates off. Named so that nobody does it by accident. */
	readonly insecureSkipVerify?: boolean;
}

export interface TransportOptions {
	/** Scheme, host and port, such as `https://s3.eu-west-1.amazonaws.com` or `http://[::1]:9000`. */
	readonly origin: string;
	/** Most connections at a time; further requests wait. Default 64. */
	readonly connections?: number;
	/** How long an unused connection is kept, in milliseconds. Default 15 000. */
	readonly keepAliveMilliseconds?: number;
	readonly timeouts?: Partial<WireTimeouts>;
	readonly tls?: TlsOptions;
	/** `fast`: sockets and lent buffers. `compatible`: `node:http`. Default: `SLUICE_TRANSPORT`, else `fast`. */
	readonly kind?: 'fast' | 'compatible';
	/** Proxy URL; `false`: none. Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
	readonly proxy?: string | false;
	/** As the option of `net.connect`. */
	readonly lookup?: import('node:net').LookupFunction;
}

/**
Moves requests to one origin over kept-alive HTTP/1.1 connections.

A promise of `request` settles only when its connection is free again or closed: no lent chunk is read after that.
*/
export interface Transport {
	/**
	Sends a request and reads its answer. Resolves for every status; only the wire fails it.

	@throws {SluiceError} `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `HOST_NOT_FOUND`, `TLS_UNTRUSTED`, `TLS_FAILED`, `PROXY_FAILED`, `CONNECTION_LOST`, `TIMEOUT`, `BAD_RESPONSE`, `LIMIT_EXCEEDED`, `TRUNCATED`, `OVERLONG`, `CANCELLED`; `SOURCE_SHORT` and `SOURCE_LONG` when `send` gives another number of bytes than `size`. Errors of `send`, `consume` and `onHead` come out as they are.
	*/
	request(request: WireRequest): Promise<WireAnswer>;
	/** Connections open now. */
	readonly connections: number;
	/** Closes idle connections; busy ones when their request is over. */
	close(): Promise<void>;
}

export const defaultTimeouts: WireTimeouts = {connect: 10_000, firstByte: 30_000, idle: 30_000, floor: 30_000, floorBytes: 1024};
