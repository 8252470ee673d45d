import type {WriteCallOptions} from '../../contract/index.ts';
import {objectHeaders} from './headers.ts';
import {quote} from './values.ts';

/** Fields of the SDK for a new object. Metadata is encoded as in our own requests. */
export interface SdkHeaders {
	ContentType?: string;
	CacheControl?: string;
	ContentDisposition?: string;
	ContentEncoding?: string;
	ContentLanguage?: string;
	Metadata?: Record<string, string>;
	StorageClass?: 'STANDARD';
}

const prefix = 'x-amz-meta-';

/** Headers and metadata of a new object, as the commands of the SDK take them. */
export const sdkHeaders = (options: WriteCallOptions, defaultStorageClass: string | undefined): SdkHeaders => {
	const headers = objectHeaders(options, defaultStorageClass);
	const metadata = Object.entries(headers)
		.filter(([name]) => name.startsWith(prefix))
		.map(([name, value]) => [name.slice(prefix.length), value] as const);
	return {
		ContentType: headers['content-type'],
		CacheControl: headers['cache-control'],
		ContentDisposition: headers['content-disposition'],
		ContentEncoding: headers['content-encoding'],
		ContentLanguage: headers['content-language'],
		...(metadata.length > 0 && {Metadata: Object.fromEntries(metadata)}),
		// Servers have classes that the SDK has no name for.
		StorageClass: headers['x-amz-storage-class'] as 'STANDARD' | undefined,
	};
};

/** The condition of a write, as the commands of the SDK take it. */
export const sdkCondition = ({condition}: WriteCallOptions): {IfNoneMatch?: string; IfMatch?: string} => ({
	...(condition?.absent && {IfNoneMatch: '*'}),
	...(condition?.revision !== undefined && {IfMatch: quote(condition.revision)}),
});
