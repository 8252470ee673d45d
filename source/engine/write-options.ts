import type {ObjectInfo, WriteCallOptions} from '../contract/index.ts';
import type {Copying, CopyResult} from './types.ts';

const otherHeaders = ['cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'] as const;

/** What the source has and the destination cannot keep. */
export const lostAt = ({target, options}: Copying, from: ObjectInfo): CopyResult['lost'] => {
	const {metadataMaximum, contentHeaders} = target.bucket.capabilities;
	const headers = {...from.headers, ...options.headers};
	const lost: CopyResult['lost'][number][] = [];
	if (metadataMaximum === 0 && Object.keys(options.metadata ?? from.metadata).length > 0) {
		lost.push('metadata');
	}

	if (!contentHeaders && otherHeaders.some(name => headers[name] !== undefined)) {
		lost.push('headers');
	}

	return lost;
};

/** The options of the write: the source's headers and metadata where the caller gives no others and the destination keeps them. */
export const writeOptions = (copying: Copying, from: ObjectInfo): WriteCallOptions => {
	const {options} = copying;
	const lost = lostAt(copying, from);
	const headers = {...from.headers, ...options.headers};
	return {
		headers: lost.includes('headers') ? {contentType: headers.contentType} : headers,
		metadata: lost.includes('metadata') ? undefined : (options.metadata ?? from.metadata),
		storageClass: options.storageClass,
		condition: options.overwrite === false ? {absent: true} : undefined,
		signal: options.signal,
	};
};
