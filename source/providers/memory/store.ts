import type {Buffer} from 'node:buffer';
import type {ObjectInfo, WriteCallOptions} from '../../contract/index.ts';
import {compareKeys} from './compare-keys.ts';

/** An object: its bytes in the pieces that they came in, never changed afterwards. */
export interface StoredObject {
	readonly info: ObjectInfo;
	readonly pieces: readonly Buffer[];
}

/** A part that was sent. */
export interface StoredPart {
	readonly bytes: Buffer;
	readonly crc32c: number;
}

/** An upload in parts. */
export interface StoredUpload {
	readonly key: string;
	readonly options: WriteCallOptions;
	readonly started: Date;
	readonly parts: Map<number, StoredPart>;
}

/** What a bucket holds. */
export class Store {
	readonly objects = new Map<string, StoredObject>();
	readonly uploads = new Map<string, StoredUpload>();
	#sorted?: readonly string[];
	#revisions = 0;

	/** The keys in the order of their UTF-8 bytes. */
	get keys(): readonly string[] {
		this.#sorted ??= [...this.objects.keys()].sort(compareKeys);
		return this.#sorted;
	}

	/** A name for the next state of any object. */
	nextRevision(): string {
		this.#revisions++;
		return String(this.#revisions);
	}

	set(key: string, object: StoredObject): void {
		if (!this.objects.has(key)) {
			this.#sorted = undefined;
		}

		this.objects.set(key, object);
	}

	remove(key: string): void {
		if (this.objects.delete(key)) {
			this.#sorted = undefined;
		}
	}
}

const stores = new Map<string, Store>();

/** The store of a bucket name, the same for the whole process. */
export const storeOf = (bucket: string): Store => {
	let store = stores.get(bucket);
	if (!store) {
		store = new Store();
		stores.set(bucket, store);
	}

	return store;
};
