import path from 'node:path';
import {configError} from './config/index.ts';
import {type BucketEntry, type Driver, type ProviderModule, SluiceError} from './contract/index.ts';
import {isS3Type, s3Types} from './providers/s3/regions.ts';
import {suggestion} from './utils/nearest-name.ts';

interface Provider {
	/** Loads the provider; not before a bucket of its type is used. */
	readonly load: () => Promise<ProviderModule>;
	/** Spellings of its types, for suggestions. */
	readonly types: readonly string[];
	readonly isType: (type: string) => boolean;
	/** Its buckets are folders of this machine. */
	readonly hasFolders?: boolean;
}

/** Where an entry comes from. */
export interface EntryOrigin {
	/** The configuration's file, for errors. */
	readonly file?: string;
	/** What relative paths begin with. */
	readonly folder: string;
}

const libcloudPrefix = /^libcloud\.storage\.types\.Provider\./;

/** The spelling of the documentation: `GOOGLE-STORAGE` and `libcloud.storage.types.Provider.GOOGLE_STORAGE` are `google_storage`. */
const plainType = (type: string): string => type.replace(libcloudPrefix, '').toLowerCase().replaceAll('-', '_');

const simple = (type: string, load: Provider['load']): Provider => ({load, types: [type], isType: given => plainType(given) === type});

const providers: readonly Provider[] = [
	simple('memory', async () => import('./providers/memory/index.ts')),
	{...simple('local', async () => import('./providers/local/index.ts')), hasFolders: true},
	{load: async () => import('./providers/s3/index.ts'), types: s3Types, isType: isS3Type},
];

/** Types that Apache Libcloud has, its documentation's `CLOUDFIULES` among them, and this version has not. */
const unsupportedTypes = new Set([
	'atmos',
	'cloudfiles',
	'cloudfiles_swift',
	'cloudfiles_uk',
	'cloudfiles_us',
	'cloudfiules_uk',
	'cloudfiules_us',
	'google_storage',
	'nimbus',
	'ninefold',
	'openstack_swift',
	'rackspace',
]);

/**
Makes the driver of an entry, by the provider of its type.

@throws {SluiceError} `INVALID_CONFIG` naming entry, field and file.
*/
export const createDriver = async (entry: BucketEntry, {file, folder}: EntryOrigin): Promise<Driver> => {
	const {name, type} = entry;
	const provider = providers.find(({isType}) => isType(type));
	if (provider === undefined) {
		const isKnown = unsupportedTypes.has(plainType(type));
		const types = providers.flatMap(({types}) => types);
		const problem = isKnown ? 'is not supported yet' : `is not known${suggestion(plainType(type), types)}`;
		throw configError(`\`${type}\` ${problem}`, {entry: name, field: 'type', file});
	}

	const {createDriver} = await provider.load();
	try {
		return await createDriver(provider.hasFolders ? {...entry, bucket: path.resolve(folder, entry.bucket)} : entry);
	} catch (error) {
		// What a provider finds wrong with its fields is in the configuration: its file is named too.
		const isOfFile = error instanceof SluiceError && error.code === 'INVALID_CONFIG' && file !== undefined;
		throw isOfFile ? new SluiceError('INVALID_CONFIG', `${error.message} (${file})`, {bucket: name}) : error;
	}
};
