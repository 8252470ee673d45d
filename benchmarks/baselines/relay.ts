/*
The floor: bytes read into lent buffers and written from them to the other socket, each summed (CRC32C) on the way.

Nothing is signed, parsed or checked, and the first failure ends it: no client can be this bare, but a good one comes near.

	node relay.ts SOURCE_URL DESTINATION_URL SIZE
*/
import {connect, type Socket} from 'node:net';
import process from 'node:process';
import {connect as connectTls} from 'node:tls';
import {crc32c} from '@node-rs/crc32';
import {type Part, uploadInParts} from './parts.ts';

const source = new URL(process.argv[2]!);
const destination = new URL(process.argv[3]!);
const size = Number(process.argv[4]);

const headEnd = '\r\n\r\n';

// A TLS socket never hands over more than a record, 16 KiB, so there it is more and smaller buffers for the same memory.
const bufferSize = source.protocol === 'https:' ? 16 * 1024 : 256 * 1024;
const lentAtMost = (512 * 1024) / bufferSize;

type OnRead = {buffer: () => Uint8Array; callback: (length: number, buffer: Uint8Array) => boolean};

const open = async ({protocol, hostname, port}: URL, onread: OnRead): Promise<Socket> => {
	const {promise, resolve} = Promise.withResolvers<void>();
	const options = {host: hostname, port: Number(port), noDelay: true, onread};
	const socket = protocol === 'https:' ? connectTls(options, resolve) : connect(options, resolve);
	await promise;
	return socket;
};

const openDestination = async (answered: (head: string) => void): Promise<Socket> => {
	const buffer = Buffer.allocUnsafeSlow(16 * 1024);
	return open(destination, {
		buffer: () => buffer,
		callback(length) {
			answered(buffer.toString('latin1', 0, length));
			return true;
		},
	});
};

/**
One connection to each side. The next read starts when fewer than all buffers wait to be written.

A TLS socket still hands over what it has decrypted after it was told to stop: then it gets one more buffer, not one that is lent.
*/
const openLane = async (uploadId: string) => {
	const free: Buffer[] = [];
	let filling: Buffer = Buffer.alloc(0);
	let lent = 0;
	let left = 0;
	let inHead = true;
	let checksum = 0;
	let answered = (_head: string): void => {};
	const to = await openDestination(head => answered(head));

	const forward = (chunk: Uint8Array, buffer: Buffer): boolean => {
		checksum = crc32c(chunk, checksum);
		left -= chunk.length;
		lent++;
		to.write(chunk, () => {
			lent--;
			free.push(buffer);
			if (left > 0 && lent < lentAtMost) {
				from.resume();
			}
		});
		return lent < lentAtMost;
	};

	const from = await open(source, {
		buffer() {
			filling = free.pop() ?? Buffer.allocUnsafeSlow(bufferSize);
			return filling;
		},
		callback(length) {
			const buffer = filling;
			const chunk = buffer.subarray(0, length);
			if (!inHead) {
				return forward(chunk, buffer);
			}

			inHead = false;
			return forward(chunk.subarray(chunk.indexOf(headEnd) + headEnd.length), buffer);
		},
	});

	return async ({number, start, end}: Part): Promise<string> => {
		const {promise, resolve} = Promise.withResolvers<string>();
		answered = resolve;
		inHead = true;
		left = end - start + 1;
		checksum = 0;
		to.write(
			`PUT ${destination.pathname}?partNumber=${number}&uploadId=${uploadId} HTTP/1.1\r\nhost: ${destination.host}\r\ncontent-length: ${left}${headEnd}`,
		);
		from.write(`GET ${source.pathname} HTTP/1.1\r\nhost: ${source.host}\r\nrange: bytes=${start}-${end}${headEnd}`);
		from.resume();
		return /etag: (.*)\r/i.exec(await promise)![1]!;
	};
};

await uploadInParts(destination, size, openLane);
process.exit(0);
