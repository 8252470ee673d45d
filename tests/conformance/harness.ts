import type {Bucket} from '../../source/bucket/index.ts';

/** What a provider brings to join the suite: `await conformance(harness)` in a test file of its own. */
export interface Harness {
	/** Begins the title of every test. */
	readonly name: string;
	/** A fresh, empty bucket that no other test touches. Its capabilities choose the cases. */
	open(): Promise<Bucket>;
	/** Another instance for the storage of a bucket that `open` gave, as another process would have. */
	reopen(bucket: Bucket): Promise<Bucket>;
	/** A small part size that the provider allows, in bytes: at least 64 KiB. */
	readonly partSize: number;
	/** Cases by the id that stands in brackets at the end of the title, and why they cannot hold here. */
	readonly skip?: Readonly<Record<string, string>>;
	/** Requests, connections or files of a bucket that are in use now, where that can be told: must be 0 once its calls have settled. */
	busy?(bucket: Bucket): number | Promise<number>;
	/** Removes what `open` made, before the bucket is closed. Called after each test, whether it passed or not. */
	clean?(bucket: Bucket): Promise<void>;
}
