import type {
	Body,
	CallOptions,
	Capabilities,
	Consume,
	Driver,
	ListPageOptions,
	ObjectInfo,
	ReadCallOptions,
	UploadSession,
	WriteCallOptions,
} from '../../contract/index.ts';
import {KIB} from '../../utils/sizes.ts';
import {checkAborted} from './abort.ts';
import {copyObject} from './copy.ts';
import {Lister} from './list.ts';
import type {LocalOptions} from './options.ts';
import {putObject} from './put.ts';
import {readObject} from './read.ts';
import {removeObjects} from './remove.ts';
import {beginUpload, resumeUpload} from './session.ts';
import {statObject} from './stat.ts';
import {Tree} from './tree.ts';
import {findUploads} from './uploads.ts';

const capabilitiesOf = ({metadata}: LocalOptions): Capabilities => ({
	provider: 'local',
	service: 'current',
	read: {ranges: true, pin: true},
	putMaximum: Number.MAX_SAFE_INTEGER,
	parts: {
		minimum: 1,
		maximum: Number.MAX_SAFE_INTEGER,
		count: 1_000_000,
		uniform: false,
		parallel: true,
		multiple: 1,
	},
	conditions: {absent: 'enforced', revision: 'none'},
	crc32c: 'none',
	list: {order: 'bytes', delimiter: true, startAfter: true},
	removeBatch: 1000,
	metadataMaximum: metadata === 'sidecar' ? 64 * KIB : 0,
	contentHeaders: metadata === 'sidecar',
	keyMaximum: 1024,
	sign: [],
	copyMaximum: Number.MAX_SAFE_INTEGER,
	uploads: true,
	createBucket: true,
});

/**
A folder as a bucket: each object is a file, under the name of its key where the file system can have it.

What a file system cannot do: the keys `a` and `a/b` exclude each other (`CONFLICT`); where names differ only in case or in the form of accents and the file system does not tell them apart (macOS, Windows), the later one replaces the earlier. Links, FIFOs, devices and sockets are no objects: they are not listed, and `UNSAFE_PATH` when named.
*/
export class LocalDriver implements Driver {
	readonly capabilities: Capabilities;
	readonly #tree: Tree;
	readonly #lister: Lister;

	constructor(options: LocalOptions) {
		this.capabilities = capabilitiesOf(options);
		this.#tree = new Tree(options);
		this.#lister = new Lister(this.#tree);
	}

	get location(): string {
		return `local:${this.#tree.location}`;
	}

	async stat(key: string, options: CallOptions): Promise<ObjectInfo> {
		return statObject(this.#tree, key, options);
	}

	async list(options: ListPageOptions) {
		return this.#lister.list(options);
	}

	async remove(keys: readonly string[], options: CallOptions) {
		return removeObjects(this.#tree, keys, options);
	}

	async read(key: string, options: ReadCallOptions, consume: Consume) {
		return readObject(this.#tree, key, options, consume);
	}

	async put(key: string, body: Body, options: WriteCallOptions): Promise<ObjectInfo> {
		return putObject(this.#tree, key, body, options);
	}

	async begin(key: string, options: WriteCallOptions): Promise<UploadSession> {
		return beginUpload(this.#tree, key, options);
	}

	resume(token: string): UploadSession {
		return resumeUpload(this.#tree, token);
	}

	uploads(options: CallOptions & {prefix?: string}) {
		return findUploads(this.#tree, options);
	}

	canCopyFrom(source: Driver): boolean {
		return source instanceof LocalDriver;
	}

	async copyFrom(source: Driver, sourceKey: string, key: string, options: WriteCallOptions & {pin?: string}): Promise<ObjectInfo> {
		return copyObject((source as LocalDriver).#tree, sourceKey, this.#tree, key, options);
	}

	async createBucket({signal}: CallOptions): Promise<void> {
		checkAborted(signal);
		const {disk, options} = this.#tree;
		await disk.mkdir({operation: 'create'}, options.root, true);
	}

	async close(): Promise<void> {
		this.#lister.clear();
	}
}
