import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {type IncomingMessage, request as requestHttp} from 'node:http';
import {request as requestHttps} from 'node:https';
import {join} from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {text} from 'node:stream/consumers';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {type Certificate, makeCertificate} from './certificate.ts';
import {findProgram} from './tools.ts';

const folder = fileURLToPath(new URL('../sink', import.meta.url));

/** A running stand-in for S3. */
export type Sink = {
	readonly origin: string;
	/** Path of the CA that signed its certificate, when it speaks HTTPS. */
	readonly ca?: string;
	/** `<size> <crc32c>` of an object, or `no object`. */
	readonly digest: (path: string) => Promise<string>;
	/** `<objects> <bytes> <sum of their crc32c>` of what was put below a prefix. */
	readonly sum: (prefix: string) => Promise<string>;
	readonly reset: () => Promise<void>;
	/** Writes a generated object into a file. */
	readonly download: (path: string, file: string) => Promise<void>;
	readonly close: () => Promise<void>;
};

const built = new Map<string, Promise<string>>();

const build = async (directory: string): Promise<string> => {
	const ready = process.env.SINK;
	if (ready !== undefined) {
		return ready;
	}

	const go = await findProgram('go', 'GO');
	if (go === undefined) {
		throw new Error('building benchmarks/sink needs Go 1.21 or newer on PATH, or SINK naming a built one');
	}

	const program = join(directory, 'sink');
	await promisify(execFile)(go, ['build', '-o', program, '.'], {cwd: folder, env: {...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off'}});
	return program;
};

/** Builds the sink once for each folder. */
const buildSink = async (directory: string): Promise<string> => {
	const program = built.get(directory) ?? build(directory);
	built.set(directory, program);
	return program;
};

const startSink = async (program: string, certificate?: Certificate): Promise<Sink> => {
	const tls = certificate ? ['-tls-cert', certificate.certificate, '-tls-key', certificate.key] : [];
	// Its standard input is a pipe of ours: a sink ends with the runner, however that ends.
	const child = spawn(program, ['-attached', ...tls], {stdio: ['pipe', 'pipe', 'inherit']});
	const exit = once(child, 'exit');
	const [origin] = (await Promise.race([
		once(createInterface({input: child.stdout}), 'line'),
		exit.then(() => {
			throw new Error('the sink did not start');
		}),
	])) as [string];
	const ca = certificate && (await readFile(certificate.ca));

	const ask = async (path: string, method = 'GET'): Promise<IncomingMessage> => {
		const request = (certificate ? requestHttps : requestHttp)(new URL(path, origin), {method, ca, agent: false});
		request.end();
		const [response] = (await once(request, 'response')) as [IncomingMessage];
		return response;
	};

	return {
		origin,
		ca: certificate?.ca,
		async digest(path) {
			const answer = await ask(`/_crc?key=${encodeURIComponent(path)}`);
			const body = await text(answer);
			return answer.statusCode === 200 ? body.trim() : 'no object';
		},
		sum: async prefix => (await text(await ask(`/_sum?prefix=${encodeURIComponent(prefix)}`))).trim(),
		async reset() {
			await text(await ask('/_reset', 'POST'));
		},
		download: async (path, file) => pipeline(await ask(`/${path}`), createWriteStream(file)),
		async close() {
			child.kill();
			await exit;
		},
	};
};

export type Sinks = {readonly a: Sink; readonly b: Sink; readonly close: () => Promise<void>};

/** Two sinks: `a` is read from, `b` is written to. */
export const startSinks = async (directory: string, {tls = false} = {}): Promise<Sinks> => {
	const program = await buildSink(directory);
	const certificate = tls ? await makeCertificate(directory) : undefined;
	const [a, b] = await Promise.all([startSink(program, certificate), startSink(program, certificate)]);
	return {
		a,
		b,
		async close() {
			await Promise.all([a.close(), b.close()]);
		},
	};
};
