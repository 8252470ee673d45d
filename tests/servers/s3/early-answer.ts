import type {IncomingMessage} from 'node:http';
import type {WireAnswer} from './answer.ts';
import {rawAnswer} from './cut-answer.ts';
import type {Sockets} from './sockets.ts';

const LINGER_MILLISECONDS = 1000;

/**
Answers a request whose body is still coming and half-closes. What the client sends on is read and dropped for a second, as a server does that wants its answer to be read; then the connection is reset.
*/
export const writeEarlyAnswer = (
	request: IncomingMessage,
	answer: WireAnswer,
	sockets: Sockets,
	onBytes: (count: number) => void,
): void => {
	const {socket} = request;
	const {head, body} = rawAnswer(answer);
	request.on('data', (chunk: Buffer) => {
		onBytes(chunk.length);
	});
	request.on('error', () => {});
	socket.end(Buffer.concat([head, body]));

	const timer = setTimeout(() => {
		sockets.reset(socket);
	}, LINGER_MILLISECONDS);
	socket.on('close', () => {
		clearTimeout(timer);
	});
};
