import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {baseline} from './programs.ts';
import type {Sink, Sinks} from './sink.ts';
import type {Contender, Kit, Tool} from './types.ts';

type Rest = Partial<Omit<Contender, 'name' | 'role' | 'command'>>;

/** Makes a contender from what stands behind the name of its program. */
export type Client = (args: string, rest?: Rest & {readonly before?: string; readonly as?: string}) => Contender;

/**
What every contender sees of the environment: no proxy, no certificates and no configuration of the machine's user.
*/
export const plainEnvironment = (home: string): Record<string, string> => {
	const kept = ['PATH', 'PYENV_ROOT'].flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
	return {...Object.fromEntries(kept), HOME: home, TMPDIR: home, LANG: 'C.UTF-8'};
};

const quote = (text: string): string => (/^[\w/.:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);

const client =
	(name: string, role: Contender['role'], program: string, env: Record<string, string>, absent?: string): Client =>
	(args, {before = '', as = name, ...rest} = {}) => ({name: as, role, command: `${before}${program} ${args}`, env, absent, ...rest});

const peer = (tool: Tool, env: Record<string, string>, program = tool.path ?? tool.name): Client =>
	client(tool.name, 'peer', quote(program), env, tool.absent);

const rcloneRemote = (name: string, {origin}: Sink): Record<string, string> => {
	const prefix = `RCLONE_CONFIG_${name.toUpperCase()}`;
	return {
		[`${prefix}_TYPE`]: 's3',
		[`${prefix}_PROVIDER`]: 'Other',
		[`${prefix}_ENDPOINT`]: origin,
		[`${prefix}_REGION`]: 'us-east-1',
		[`${prefix}_ACCESS_KEY_ID`]: 'a',
		[`${prefix}_SECRET_ACCESS_KEY`]: 'b',
		[`${prefix}_FORCE_PATH_STYLE`]: 'true',
		[`${prefix}_NO_CHECK_BUCKET`]: 'true',
		[`${prefix}_CHUNK_SIZE`]: '16Mi',
		[`${prefix}_UPLOAD_CONCURRENCY`]: '4',
	};
};

const rcloneEnvironment = (sinks: Sinks): Record<string, string> => ({
	...rcloneRemote('a', sinks.a),
	...rcloneRemote('b', sinks.b),
	// An empty name: no file is read or written.
	RCLONE_CONFIG: '',
	RCLONE_MULTI_THREAD_STREAMS: '4',
	RCLONE_MULTI_THREAD_CHUNK_SIZE: '16Mi',
	...(sinks.a.ca ? {RCLONE_CA_CERT: sinks.a.ca} : {}),
});

const awsEnvironment = ({origin, ca}: Sink): Record<string, string> => ({
	AWS_ACCESS_KEY_ID: 'a',
	AWS_SECRET_ACCESS_KEY: 'b',
	AWS_REGION: 'us-east-1',
	AWS_DEFAULT_REGION: 'us-east-1',
	AWS_EC2_METADATA_DISABLED: 'true',
	AWS_ENDPOINT_URL: origin,
	S3_ENDPOINT_URL: origin,
	...(ca ? {AWS_CA_BUNDLE: ca} : {}),
});

const sluiceConfig = (sinks: Sinks, buckets: Readonly<Record<string, string>>) => {
	const entry = ({origin, ca}: Sink, bucket: string) => ({
		type: 's3',
		endpoint: origin,
		region: 'us-east-1',
		pathStyle: true,
		user: 'a',
		key: 'b',
		bucket,
		...(ca ? {tls: {ca: {file: ca}}} : {}),
	});
	const more = Object.entries(buckets).map(([name, bucket]) => [name, entry(sinks.a, bucket)]);
	return {providers: {a: entry(sinks.a, 'x'), b: entry(sinks.b, 'x'), ...Object.fromEntries(more)}};
};

export type Clients = {
	readonly sluice: Client;
	readonly rclone: Client;
	/** These two know one endpoint only: `a` to read, `b` to write. */
	readonly s5cmd: (sink: Sink) => Client;
	readonly aws: (sink: Sink) => Client;
	/** A program of `benchmarks/baselines`. */
	readonly node: (name: string, program: string) => Client;
};

/**
All contenders, pointed at the sinks: the bucket `x` of each is `a:` and `b:`.

@param buckets - Further buckets of the first sink, by the name that sluice is to know them by.
*/
export const openClients = async (kit: Kit, sinks: Sinks, buckets: Readonly<Record<string, string>> = {}): Promise<Clients> => {
	const {tools, directory} = kit;
	const config = join(directory, 'sluice.config.json');
	await writeFile(config, JSON.stringify(sluiceConfig(sinks, buckets), undefined, '\t'));
	const node = quote(process.execPath);
	const authorities: Record<string, string> = sinks.a.ca ? {NODE_EXTRA_CA_CERTS: sinks.a.ca} : {};

	return {
		sluice: client(
			'sluice',
			'sluice',
			`${node} ${quote(tools.sluice.path ?? 'dist/cli/main.js')}`,
			{SLUICE_CONFIG: config},
			tools.sluice.absent,
		),
		rclone: peer(tools.rclone, rcloneEnvironment(sinks)),
		s5cmd: sink => peer(tools.s5cmd, awsEnvironment(sink)),
		aws: sink => peer(tools.aws, awsEnvironment(sink)),
		node: (name, program) => client(name, 'baseline', `${node} ${quote(baseline(program))}`, authorities),
	};
};
