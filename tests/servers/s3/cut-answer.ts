import {STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import type {WireAnswer} from './answer.ts';
import type {Fault} from './faults.ts';
import type {Sockets} from './sockets.ts';
import {waitUntilReceived} from './wait-until-received.ts';

interface Cut {
	readonly bytes: number;
	readonly end: 'reset' | 'close' | 'stall';
}

/** Where and how a fault breaks the answer off. */
export const cutOf = (fault: Fault | undefined): Cut | undefined => {
	if (fault?.resetAfterResponseBytes !== undefined) {
		return {bytes: fault.resetAfterResponseBytes, end: 'reset'};
	}

	if (fault?.closeAfterResponseBytes !== undefined) {
		return {bytes: fault.closeAfterResponseBytes, end: 'close'};
	}

	return fault?.stallAfterResponseBytes === undefined ? undefined : {bytes: fault.stallAfterResponseBytes, end: 'stall'};
};

/** Head and body as bytes, for answers that are written past Node's own response. */
export const rawAnswer = ({status, headers, pieces}: WireAnswer): {head: Buffer; body: Buffer} => {
	const body = Buffer.concat(pieces);
	const isLengthMissing = !headers.has('content-length') && !headers.has('transfer-encoding') && body.length > 0;
	const lines = [...headers, ...(isLengthMissing ? [['content-length', String(body.length)] as const] : [])];
	const text = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''];
	return {head: Buffer.from(text.join('\r\n'), 'latin1'), body};
};

const write = async (socket: Socket, data: Buffer): Promise<void> =>
	new Promise(resolve => {
		socket.write(data, () => {
			resolve();
		});
	});

/** Writes an answer up to an exact byte of its body and ends it there. */
export const writeCutAnswer = async (socket: Socket, answer: WireAnswer, {bytes, end}: Cut, sockets: Sockets): Promise<void> => {
	const {head, body} = rawAnswer(answer);
	await write(socket, Buffer.concat([head, body.subarray(0, bytes)]));

	if (end === 'close') {
		socket.end();
	} else if (end === 'reset') {
		// A reset throws away what the kernel has not delivered yet.
		await waitUntilReceived(socket);
		sockets.reset(socket);
	}
};
