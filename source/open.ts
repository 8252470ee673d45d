import process from 'node:process';
import type {Bucket, BucketOptions} from './bucket/index.ts';
import {type Config, chooseEntry, type EntryConfig, type LoadedConfig, loadConfig, resolveEntry} from './config/index.ts';
import {SluiceError} from './contract/index.ts';
import type {CopyManyOptions, CopyOptions, CopyResult, CopySummary} from './engine/index.ts';
import {createDriver} from './providers.ts';
import {processBudget} from './streams/memory-budget.ts';
import {parseSize, type Size} from './utils/parse-size.ts';

/** Options of `open`. */
export interface OpenOptions {
	/** Memory for buffers of the whole process, in bytes or as text such as `256MiB`. Default: the configuration's `memory`, else 256 MiB. The last one set holds. */
	readonly memory?: Size;
	/** Where the search for a configuration begins, and what relative paths of a configuration object begin with. Default: the working directory. */
	readonly directory?: string;
	/** Variables that the configuration may ask for. Default: the process's. */
	readonly environment?: Readonly<Record<string, string | undefined>>;
	/** Told before each retry of any bucket. */
	readonly onRetry?: BucketOptions['onRetry'];
}

type Means = Required<Pick<OpenOptions, 'environment'>> & Pick<OpenOptions, 'onRetry'>;

/** An object, or all below a prefix: `name:key` (without a name, in the default bucket), or a bucket and a key. */
export type ObjectReference = string | {readonly bucket: Bucket; readonly key: string};

const setMemory = (memory: Size | undefined): void => {
	if (memory === undefined) {
		return;
	}

	const bytes = parseSize(memory);
	if (!bytes) {
		throw new SluiceError('INVALID_ARGUMENT', '`memory` must be a size such as `256MiB`');
	}

	processBudget.limit = bytes;
};

/**
The buckets of a configuration. Each is opened when it is first used, and only then are its secrets fetched; all are closed by `close`.

Never shows a secret, however it is printed.
*/
export class Sluice implements AsyncDisposable {
	readonly #config: LoadedConfig;
	readonly #means: Means;
	readonly #named = new Map<string, Promise<Bucket>>();
	readonly #unnamed: Promise<Bucket>[] = [];
	#isClosed = false;

	/** Use `open`. */
	constructor(config: LoadedConfig, means: Means) {
		this.#config = config;
		this.#means = means;
	}

	/** The names of the configured buckets. */
	get names(): readonly string[] {
		return [...this.#config.entries.keys()];
	}

	/**
	The bucket of a name, the default one without a name, or one that is not in the configuration, by its entry (whose `name`, if it has one, is told in errors).

	@throws {SluiceError} `INVALID_CONFIG` naming entry, field and file, before any request.
	*/
	async bucket(name?: string | EntryConfig): Promise<Bucket> {
		if (this.#isClosed) {
			throw new SluiceError('INVALID_ARGUMENT', 'The buckets have been closed');
		}

		if (typeof name === 'object') {
			const bucket = this.#open(typeof name.name === 'string' ? name.name : name.type, name);
			this.#unnamed.push(bucket);
			return bucket;
		}

		const chosen = chooseEntry(this.#config, name);
		const known = this.#named.get(chosen);
		if (known !== undefined) {
			return known;
		}

		const bucket = this.#open(chosen, this.#config.entries.get(chosen));
		this.#named.set(chosen, bucket);
		bucket.catch(() => this.#named.delete(chosen)); // A secret that was missing may be there the next time.
		return bucket;
	}

	/**
	Copies an object between any two buckets, by the shortest way.

	@throws {SluiceError} Whatever went wrong; then the target's key is as it was.
	*/
	async copy(source: ObjectReference, target: ObjectReference, options?: CopyOptions): Promise<CopyResult> {
		const [{copyObject}, from, to] = await Promise.all([import('./engine/index.ts'), this.#find(source), this.#find(target)]);
		return copyObject(from, to, options);
	}

	/**
	Copies all objects whose keys begin with the source's prefix; the target's prefix takes its place. A failed object does not stop the others: the summary has it.
	*/
	async copyMany(source: ObjectReference, target: ObjectReference, options?: CopyManyOptions): Promise<CopySummary> {
		const [{copyMany}, from, to] = await Promise.all([import('./engine/index.ts'), this.#find(source), this.#find(target)]);
		return copyMany({bucket: from.bucket, prefix: from.key}, {bucket: to.bucket, prefix: to.key}, options);
	}

	/** Closes all buckets that were opened. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const opened = await Promise.allSettled([...this.#named.values(), ...this.#unnamed]);
		this.#named.clear();
		this.#unnamed.length = 0;
		await Promise.all(opened.map(async result => (result.status === 'fulfilled' ? result.value.close() : undefined)));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	async #find(reference: ObjectReference): Promise<{bucket: Bucket; key: string}> {
		if (typeof reference !== 'string') {
			return reference;
		}

		const colon = reference.indexOf(':');
		if (colon < 0) {
			throw new SluiceError('INVALID_ARGUMENT', `\`${reference}\` names no bucket: write \`name:key\``);
		}

		return {bucket: await this.bucket(reference.slice(0, colon) || undefined), key: reference.slice(colon + 1)};
	}

	async #open(name: string, value: unknown): Promise<Bucket> {
		const {file, folder} = this.#config;
		const entry = await resolveEntry(name, value, {file, folder, environment: this.#means.environment});
		const [driver, {Bucket}] = await Promise.all([createDriver(entry, this.#config), import('./bucket/index.ts')]);
		return new Bucket(driver, {name, onRetry: this.#means.onRetry});
	}
}

/**
Opens a configuration: an object, a file, or what is found (`SLUICE_CONFIG`, else the nearest `sluice.config.{json,js,ts,mjs}` from the working directory upwards). Without any there are no named buckets.

Makes no request and fetches no secret.

@throws {SluiceError} `INVALID_CONFIG` when the configuration cannot be read or has the wrong form.
*/
export const open = async (config?: Config | string, options: OpenOptions = {}): Promise<Sluice> => {
	const {memory, directory = process.cwd(), environment = process.env, onRetry} = options;
	const loaded = await loadConfig(config, {directory, environment});
	setMemory(memory ?? loaded.memory);
	return new Sluice(loaded, {environment, onRetry});
};
