import {randomBytes} from 'node:crypto';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {setTimeout} from 'node:timers/promises';
import {type Answer, toWire, writeAnswer} from './answer.ts';
import {type Authenticated, authenticate} from './authenticate.ts';
import {cutOf, writeCutAnswer} from './cut-answer.ts';
import {writeEarlyAnswer} from './early-answer.ts';
import type {Fault, Faults} from './faults.ts';
import {headersOf} from './headers-of.ts';
import {madeUpAnswer} from './made-up-answer.ts';
import type {Memory} from './memory.ts';
import {operations} from './operations/index.ts';
import {checkFraming, readPayload} from './payload.ts';
import {receiveBody} from './receive.ts';
import {type Route, routeOf} from './route.ts';
import {errorAnswer, S3Error} from './s3-error.ts';
import type {Sockets} from './sockets.ts';
import type {RecordedRequest, Settings} from './types.ts';

/** What all exchanges of a server share. */
export interface Shared {
	readonly settings: Settings;
	readonly memory: Memory;
	readonly faults: Faults;
	readonly sockets: Sockets;
	readonly requests: RecordedRequest[];
	/** Aborted when the server closes. */
	readonly closing: AbortSignal;
	readonly protocol: 'http' | 'https';
}

type Writable<T> = {-readonly [Name in keyof T]: T[Name]};

/** One request and its answer. */
export class Exchange {
	readonly #request: IncomingMessage;
	readonly #response: ServerResponse;
	readonly #shared: Shared;
	readonly #headers: ReadonlyMap<string, string>;
	readonly #record: Writable<RecordedRequest>;
	readonly #route: Route | undefined;
	readonly #ids = {requestId: randomBytes(8).toString('hex').toUpperCase(), hostId: randomBytes(48).toString('base64')};
	/** Whether the client waits for `100 Continue` before it sends the body. */
	#isAwaited: boolean;

	constructor(request: IncomingMessage, response: ServerResponse, shared: Shared, isAwaited: boolean) {
		this.#request = request;
		this.#response = response;
		this.#shared = shared;
		this.#isAwaited = isAwaited;
		this.#headers = headersOf(request.rawHeaders);
		const {method = '', url = ''} = request;

		try {
			this.#route = routeOf(method, url, this.#headers, shared.settings.virtualHost);
		} catch {
			// Answered with InvalidURI when its turn comes.
		}

		this.#record = {
			method,
			url,
			operation: this.#route?.operation ?? 'Unknown',
			bucket: this.#route?.bucket,
			key: this.#route?.key ?? '',
			headers: Object.fromEntries(this.#headers),
			connection: shared.sockets.numberOf(request.socket),
			bytes: 0,
			status: undefined,
			code: undefined,
		};
		shared.requests.push(this.#record);
	}

	/** Never rejects: a client that goes away, or a server that closes, ends it quietly. */
	async run(): Promise<void> {
		try {
			await this.#run();
		} catch (error) {
			if (!this.#request.socket.destroyed && !this.#shared.closing.aborted) {
				await this.#refuse(error).catch(() => {});
			}
		}
	}

	async #run(): Promise<void> {
		const {settings, faults, sockets} = this.#shared;
		const {socket} = this.#request;

		if (!this.#route) {
			throw new S3Error('InvalidURI');
		}

		const {operation, key} = this.#route;
		const authenticated = authenticate(this.#record.method, this.#route, this.#headers, settings);
		const fault = faults.take(operation, key);

		if (fault?.raw) {
			fault.raw(socket, this.#request);
			return;
		}

		if (fault?.early) {
			this.#answerEarly(madeUpAnswer(fault, this.#ids) ?? {status: 503}, fault);
			return;
		}

		if (operation === 'PutObject' || operation === 'UploadPart') {
			checkFraming(this.#headers, authenticated, settings);
		}

		const body = await this.#receive({limit: fault?.resetAfterRequestBytes, keep: true});

		if (!body) {
			sockets.reset(socket);
			return;
		}

		if (fault?.delayMilliseconds !== undefined) {
			await setTimeout(fault.delayMilliseconds, undefined, {signal: this.#shared.closing});
		}

		await fault?.onRequest?.(this.#record);

		if (fault?.stall) {
			return;
		}

		const answer = this.#answer(this.#route, authenticated, body, fault);

		if (fault?.loseAnswer) {
			sockets.reset(socket);
			return;
		}

		await this.#write(answer, fault);
	}

	async #receive(options: {limit?: number | undefined; keep: boolean}): Promise<Buffer | undefined> {
		if (this.#isAwaited && options.limit !== 0) {
			this.#isAwaited = false;
			this.#response.writeContinue();
		}

		return receiveBody(this.#request, {
			...options,
			onBytes: count => {
				this.#record.bytes += count;
			},
		});
	}

	#answer(route: Route, authenticated: Authenticated, body: Buffer, fault: Fault | undefined): Answer {
		const madeUp = madeUpAnswer(fault, this.#ids);

		if (madeUp && !fault?.workDone) {
			return madeUp;
		}

		const answer = this.#work(route, authenticated, body, fault);
		return madeUp ?? answer;
	}

	#work({operation, bucket = '', key, query}: Route, authenticated: Authenticated, body: Buffer, fault: Fault | undefined): Answer {
		const {settings, memory, protocol} = this.#shared;

		if (operation === 'Unknown') {
			throw new S3Error('NotImplemented');
		}

		if (Buffer.byteLength(key) > 1024) {
			throw new S3Error('KeyTooLongError', {details: {Size: String(Buffer.byteLength(key)), MaxSizeAllowed: '1024'}});
		}

		// A presigned URL may carry headers of S3 in its query, where they are signed as well.
		const hoisted = [...query].filter(([name]) => /^x-amz-(?!algorithm|credential|date|expires|signed|signature|security)/.test(name));
		const headers = new Map([...this.#headers, ...hoisted]);
		const payload = readPayload(body, headers, authenticated, {
			settings,
			flip: fault?.flipRequestByte,
			hasChecksum: operation === 'PutObject' || operation === 'UploadPart' || operation === 'DeleteObjects',
		});
		const origin = `${protocol}://${this.#headers.get('host')}`;
		return operations[operation]({memory, settings, bucketName: bucket, key, query, headers, payload, fault, origin});
	}

	async #refuse(error: unknown): Promise<void> {
		const failure =
			error instanceof S3Error
				? error
				: new S3Error('InternalError', {message: `The double itself failed: ${error instanceof Error ? error.stack : error}`});

		if (this.#isAwaited) {
			// The body was never asked for: this connection cannot go on.
			this.#response.setHeader('connection', 'close');
		} else if (!this.#request.readableEnded) {
			await this.#receive({keep: false});
		}

		const {status, code, message, headers, details} = failure;
		await this.#write(
			errorAnswer(status, headers, {code, message, details: {...details, Resource: this.#record.url.split('?')[0]!}, ...this.#ids}),
			undefined,
		);
	}

	#common(): Record<string, string> {
		return {
			'x-amz-request-id': this.#ids.requestId,
			'x-amz-id-2': this.#ids.hostId,
			date: this.#shared.settings.clock().toUTCString(),
			server: 'AmazonS3',
		};
	}

	async #write(answer: Answer, fault: Fault | undefined): Promise<void> {
		const wire = toWire(this.#record.method, answer, this.#common(), fault);
		const cut = cutOf(fault);
		this.#record.status = wire.status;
		this.#record.code = answer.code;

		if (cut) {
			await writeCutAnswer(this.#request.socket, wire, cut, this.#shared.sockets);
		} else {
			writeAnswer(this.#response, wire);
		}
	}

	#answerEarly(answer: Answer, fault: Fault): void {
		const wire = toWire(this.#record.method, answer, {...this.#common(), connection: 'close'}, fault);
		this.#record.status = wire.status;
		this.#record.code = answer.code;
		writeEarlyAnswer(this.#request, wire, this.#shared.sockets, count => {
			this.#record.bytes += count;
		});
	}
}
