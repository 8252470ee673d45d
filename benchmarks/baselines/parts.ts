import {request as requestHttp} from 'node:http';
import {request as requestHttps} from 'node:https';

/** What the baselines and the peers are all given: parts of 16 MiB, four in flight. */
export const partSize = 16 * 1024 * 1024;
export const concurrency = 4;

/** One part of an object: its number, counted from 1, and its first and last byte. */
export type Part = {readonly number: number; readonly start: number; readonly end: number};

export const requestFor = (url: URL): typeof requestHttp => (url.protocol === 'https:' ? requestHttps : requestHttp);

const post = async (url: URL, body: string): Promise<string> => {
	const {promise, resolve, reject} = Promise.withResolvers<string>();
	requestFor(url)(url, {method: 'POST', headers: {'content-length': Buffer.byteLength(body)}}, response => {
		let text = '';
		response.setEncoding('utf8');
		response.on('data', (chunk: string) => {
			text += chunk;
		});
		response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`))));
		response.on('error', reject);
	})
		.on('error', reject)
		.end(body);
	return promise;
};

/**
Uploads an object in parts, unsigned: begins, lets `concurrency` lanes take parts until none is left, and completes.

@param openLane - Makes one lane: what sends a part and resolves to its ETag. A lane is never given two parts at once.
*/
export const uploadInParts = async (
	destination: URL,
	size: number,
	openLane: (uploadId: string) => Promise<(part: Part) => Promise<string>>,
): Promise<void> => {
	const started = await post(new URL('?uploads', destination), '');
	const uploadId = /<UploadId>(.*?)</.exec(started)![1]!;
	const etags: string[] = [];
	const count = Math.ceil(size / partSize);
	let next = 0;
	const work = async () => {
		const send = await openLane(uploadId);
		while (next < count) {
			const index = next++;
			const start = index * partSize;
			etags[index] = await send({number: index + 1, start, end: Math.min(size, start + partSize) - 1});
		}
	};

	await Promise.all(Array.from({length: concurrency}, work));
	const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
	await post(new URL(`?uploadId=${uploadId}`, destination), `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
};
