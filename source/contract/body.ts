/**
Takes a chunk of bytes that is lent until the returned promise settles (until the call returns, when it returns nothing). Then the buffer is used again: copy what must stay.

Calls never overlap: the next chunk comes when the last one was given back. That is the back-pressure. Chunks have any size from 1 byte on. A consumer that throws or rejects ends the transfer with that error.
*/
export type Consume = (chunk: Uint8Array) => void | Promise<void>;

/**
Bytes that can be sent, and sent again: a recipe, not a stream.

A driver may call `send` more than once, one after the other, never at once; each time exactly `size` bytes of the same content go to `write`, or `send` rejects. What `write` throws must come out of `send` unchanged and soon.
*/
export interface Body {
	/** Length in bytes. */
	readonly size: number;
	/** Sends all bytes, in order, waiting for each `write`. */
	send(write: Consume): Promise<void>;
	/**
	CRC32C of the bytes as an unsigned number. Known at once for bytes in memory, for others once `send` has resolved; `undefined` until then. Drivers never sum bytes themselves.
	*/
	crc32c(): number | undefined;
}
