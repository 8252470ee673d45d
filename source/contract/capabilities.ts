/**
What a provider can do, as data. The core enforces it: a call that needs what is missing is refused with `UNSUPPORTED` before any request; nothing is silently dropped.
*/
export interface Capabilities {
	/** Provider type, such as `s3`. */
	readonly provider: string;
	/** `retired`: the public service is gone; private installations may live on. */
	readonly service: 'current' | 'retired';

	readonly read: {
		/** Parts of an object can be asked for. */
		readonly ranges: boolean;
		/** A read can be tied to a revision, so that a replaced object is noticed. */
		readonly pin: boolean;
	};

	/** The largest object of one `put`, in bytes. */
	readonly putMaximum: number;

	/** Uploads in parts; absent: only `put`. */
	readonly parts?: {
		/** Least size of every part but the last, in bytes. */
		readonly minimum: number;
		/** Largest size of a part, in bytes. */
		readonly maximum: number;
		/** Largest number of parts. */
		readonly count: number;
		/** All parts but the last must have the same size. */
		readonly uniform: boolean;
		/** Parts may be sent at the same time and in any order. */
		readonly parallel: boolean;
		/** Sizes of all parts but the last must be multiples of this, in bytes. */
		readonly multiple: number;
	};

	/**
	Conditional writes. `enforced`: atomic, of concurrent writers one wins. `none`: refused by the core.
	*/
	readonly conditions: {
		/** Write only when there is no such object. */
		readonly absent: 'enforced' | 'none';
		/** Write only over a given revision. */
		readonly revision: 'enforced' | 'none';
	};

	/** `checked`: a CRC32C that is sent is verified by the provider and reported later. `none`: ignored. `found out`: depends on the server, noticed on use. */
	readonly crc32c: 'checked' | 'found out' | 'none';

	readonly list: {
		/** Order of the keys. */
		readonly order: 'bytes' | 'none';
		readonly delimiter: boolean;
		/** Listing can begin after a key. */
		readonly startAfter: boolean;
	};

	/** Most keys of one `remove` call. */
	readonly removeBatch: number;

	/** User metadata is kept: its largest size in bytes, names and values; 0: none. */
	readonly metadataMaximum: number;

	/** Content headers other than the type are kept. */
	readonly contentHeaders: boolean;

	/** Longest key in UTF-8 bytes. */
	readonly keyMaximum: number;

	/** Methods that URLs can be signed for. */
	readonly sign: readonly ('GET' | 'PUT')[];

	/** Copies within the provider (`copyFrom`): absent, or the largest object in bytes. */
	readonly copyMaximum?: number;

	/** Unfinished uploads can be listed (`uploads`). */
	readonly uploads: boolean;

	/** The bucket can be created (`createBucket`). */
	readonly createBucket: boolean;
}
