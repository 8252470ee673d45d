/*
What most programs do: a `node:http` response piped into a `node:http` request, part by part.

	node piped.ts SOURCE_URL DESTINATION_URL SIZE
*/
import {Agent, type IncomingMessage} from 'node:http';
import {Agent as TlsAgent} from 'node:https';
import process from 'node:process';
import {pipeline} from 'node:stream/promises';
import {concurrency, type Part, requestFor, uploadInParts} from './parts.ts';

const source = new URL(process.argv[2]!);
const destination = new URL(process.argv[3]!);
const size = Number(process.argv[4]);

const agentFor = ({protocol}: URL) =>
	protocol === 'https:' ? new TlsAgent({keepAlive: true, maxSockets: concurrency}) : new Agent({keepAlive: true, maxSockets: concurrency});
const sourceAgent = agentFor(source);
const destinationAgent = agentFor(destination);

const get = async ({start, end}: Part): Promise<IncomingMessage> => {
	const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>();
	requestFor(source)(source, {agent: sourceAgent, headers: {range: `bytes=${start}-${end}`}}, resolve)
		.on('error', reject)
		.end();
	return promise;
};

const openLane = async (uploadId: string) => async (part: Part) => {
	const response = await get(part);
	const {promise, resolve, reject} = Promise.withResolvers<string>();
	const url = new URL(`?partNumber=${part.number}&uploadId=${uploadId}`, destination);
	const headers = {'content-length': part.end - part.start + 1};
	const request = requestFor(url)(url, {method: 'PUT', agent: destinationAgent, headers}, answer => {
		answer.resume();
		answer.on('end', () => resolve(answer.headers.etag!));
	}).on('error', reject);
	await pipeline(response, request);
	return promise;
};

await uploadInParts(destination, size, openLane);
process.exit(0);
