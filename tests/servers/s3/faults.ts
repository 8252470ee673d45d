import type {IncomingMessage} from 'node:http';
import type {Socket} from 'node:net';
import type {OperationName} from './route.ts';
import type {RecordedRequest} from './types.ts';

/**
One way to misbehave, and the requests that meet it. Byte counts of answers are of the body, after its head; those of requests are of the body as it came, aws-chunked framing included.

The first fault that matches and is not used up is taken, alone: give combined effects in one fault. Only a request whose signature holds meets a fault.
*/
export interface Fault {
	/** Default: every operation. */
	readonly operation?: OperationName | readonly OperationName[];
	/** Tested against the key of the request; the keys of DeleteObjects are not seen here, see `refuseKeys`. */
	readonly key?: RegExp;
	/** Matching requests to let pass first. Default 0. */
	readonly skip?: number;
	/** Requests to spoil. Default 1. */
	readonly times?: number;

	/** Waits after the request is read, before its work. */
	readonly delayMilliseconds?: number;
	/** Runs when the request is read, before its work: to change the store under the client's feet. */
	readonly onRequest?: (request: RecordedRequest) => void | Promise<void>;

	/** Answers an error in place of the work. `status` defaults to that of the code, `code` is optional. */
	readonly status?: number;
	readonly code?: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Sent as it is in place of the error's XML. */
	readonly body?: string | Uint8Array;
	/** Answers before the body is read, then half-closes; what still comes is read and dropped for a second, then reset. */
	readonly early?: boolean;
	/** With `status`, `code`, `okWithError` or `okWithBody`: does the work all the same. */
	readonly workDone?: boolean;
	/** 200, white space to keep the connection, then an `<Error>`: how S3 fails a long Copy or Complete. */
	readonly okWithError?: {readonly code: string; readonly message?: string};
	/** 200 with this body. */
	readonly okWithBody?: string;
	/** DeleteObjects: these keys are not removed, and reported with the code in the answer of 200. */
	readonly refuseKeys?: {readonly keys: RegExp; readonly code: string};

	/** RST once so many bytes of the body have come; nothing is done. */
	readonly resetAfterRequestBytes?: number;
	/** The work is done, then RST in place of the answer. */
	readonly loseAnswer?: boolean;
	/** Head and so many bytes of the body, which the client's side has received by then, then RST. */
	readonly resetAfterResponseBytes?: number;
	/** The same with FIN. */
	readonly closeAfterResponseBytes?: number;
	/** The same with silence. */
	readonly stallAfterResponseBytes?: number;
	/** The request is read, and then nothing: no work, no answer. */
	readonly stall?: boolean;
	/** Flips the lowest bit of this byte of the answer's body. */
	readonly flipResponseByte?: number;
	/** Flips the lowest bit of this byte of the content (without framing) before it is checked. */
	readonly flipRequestByte?: number;
	/** Sets or, with null, leaves out headers of the answer, Content-Length too. */
	readonly responseHeaders?: Readonly<Record<string, string | null>>;
	/** GetObject: 200 with the whole object to a ranged request. */
	readonly ignoreRange?: boolean;
	/** Takes the socket over as soon as the head of the request is read; nothing else is done. */
	readonly raw?: (socket: Socket, request: IncomingMessage) => void;
}

export interface FaultHandle {
	/** Requests that met the fault. */
	readonly used: number;
	remove(): void;
}

interface Entry {
	readonly fault: Fault;
	seen: number;
	used: number;
}

const matches = ({operation, key: pattern}: Fault, name: OperationName, key: string): boolean => {
	const operations = operation === undefined ? [name] : [operation].flat();
	return operations.includes(name) && (pattern === undefined || key.search(pattern) !== -1);
};

/** The faults of one server, in the order they were added. */
export class Faults {
	readonly #entries = new Set<Entry>();

	add(fault: Fault): FaultHandle {
		const entry: Entry = {fault, seen: 0, used: 0};
		this.#entries.add(entry);

		return {
			get used() {
				return entry.used;
			},
			remove: () => {
				this.#entries.delete(entry);
			},
		};
	}

	clear(): void {
		this.#entries.clear();
	}

	/** Counts a request and returns the fault it has to meet. */
	take(operation: OperationName, key: string): Fault | undefined {
		for (const entry of this.#entries) {
			const {skip = 0, times = 1} = entry.fault;

			if (entry.used >= times || !matches(entry.fault, operation, key)) {
				continue;
			}

			entry.seen++;

			if (entry.seen > skip) {
				entry.used++;
				return entry.fault;
			}
		}

		return undefined;
	}
}
