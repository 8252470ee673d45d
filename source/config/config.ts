import type {Size} from '../utils/parse-size.ts';

/**
A secret: the text itself, or where it lies. `env`: name of an environment variable. `file`: path of a file, relative to the configuration's folder; one newline at its end is dropped.

It is fetched when the bucket is first used, so a missing one does not break the others.
*/
export type Secret = string | {readonly env: string} | {readonly file: string};

/** One bucket of the configuration. What is not listed here is an option of its provider. */
export interface EntryConfig {
	/**
	`s3`, `local`, `memory`, or a name that Apache Libcloud knows, such as `s3_eu_west` or `libcloud.storage.types.Provider.S3_EU_WEST_HOST`. Case does not matter.
	*/
	readonly type: string;
	/** Bucket, container, folder: the provider's unit of storage. A folder is relative to the configuration's. */
	readonly bucket: string;
	/** Access key id, user name. Absent: `SLUICE_<NAME>_USER`, with the entry's name in capitals and `_` for all but letters and digits. */
	readonly user?: Secret;
	/** Secret access key, password. Absent: `SLUICE_<NAME>_KEY`. */
	readonly key?: Secret;
	readonly endpoint?: string;
	readonly region?: string;
	readonly [field: string]: unknown;
}

/** What a configuration file holds, or exports by default. */
export interface Config {
	/** The buckets, by the name that `name:key` begins with. */
	readonly providers: Readonly<Record<string, EntryConfig>>;
	/** Name of the bucket that is meant when none is named. Absent: the one called `default`. */
	readonly default?: string;
	/** Memory for buffers of the whole process, in bytes or as text such as `256MiB`. */
	readonly memory?: Size;
}

/** Gives a configuration its types in an editor. Returns it as it is. */
export const defineConfig = <T extends Config>(config: T): T => config;

/** A secret that lies in an environment variable. */
export const env = (name: string): {readonly env: string} => ({env: name});
