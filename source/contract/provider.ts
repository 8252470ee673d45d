import type {Driver} from './driver.ts';

/**
One named bucket of the configuration, with its secrets resolved. What is not listed here is a field of the provider; the provider checks it and refuses what it does not know.
*/
export interface BucketEntry {
	/** Name in the configuration. */
	readonly name: string;
	/** Type as the user wrote it. */
	readonly type: string;
	/** Bucket, container, directory: the provider's unit of storage. */
	readonly bucket: string;
	readonly user?: string;
	readonly key?: string;
	readonly endpoint?: string;
	readonly region?: string;
	readonly [field: string]: unknown;
}

/** What the `index.ts` of a provider exports. Loaded when a bucket of its type is first used. */
export interface ProviderModule {
	/**
	Makes the driver of an entry, without any request.

	@throws {SluiceError} `INVALID_CONFIG` naming entry and field.
	*/
	createDriver(entry: BucketEntry): Driver | Promise<Driver>;
}
