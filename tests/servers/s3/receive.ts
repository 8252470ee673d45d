import type {IncomingMessage} from 'node:http';

interface ReceiveOptions {
	/** Stops after exactly so many bytes; the caller then resets the socket. */
	readonly limit?: number;
	/** False reads and drops. */
	readonly keep: boolean;
	/** Told the number of bytes of each chunk, cut at the limit. */
	readonly onBytes: (count: number) => void;
}

/**
Reads the body of a request with each byte copied once: into a buffer of the declared length, or joined at the end.

@returns `undefined` when the limit was reached, or the body ended before it.
@throws The stream's error when the client goes away.
*/
export const receiveBody = async (request: IncomingMessage, {limit, keep, onBytes}: ReceiveOptions): Promise<Buffer | undefined> => {
	if (limit === 0) {
		return undefined;
	}

	const declared = request.headers['content-length'];
	const whole = keep && declared !== undefined ? Buffer.allocUnsafe(Number(declared)) : undefined;
	const chunks: Buffer[] = [];
	let received = 0;

	for await (const chunk of request as AsyncIterable<Buffer>) {
		const counted = Math.min(chunk.length, (limit ?? Number.POSITIVE_INFINITY) - received);
		whole?.set(chunk, received);
		received += counted;
		onBytes(counted);

		if (received === limit) {
			return undefined;
		}

		if (keep && !whole) {
			chunks.push(chunk);
		}
	}

	if (limit !== undefined) {
		return undefined;
	}

	return whole ?? Buffer.concat(chunks);
};
