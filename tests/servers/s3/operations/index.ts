import type {Operation} from '../call.ts';
import type {OperationName} from '../route.ts';
import {createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets} from './buckets.ts';
import {completeMultipartUpload} from './complete.ts';
import {copyObject} from './copy.ts';
import {listObjects, listObjectsV2} from './list-objects.ts';
import {listMultipartUploads, listParts} from './list-uploads.ts';
import {deleteObject, getObject, headObject, putObject} from './objects.ts';
import {deleteObjects} from './remove.ts';
import {abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy} from './uploads.ts';

/** Every operation the double does; the others are answered with 501. */
export const operations: Readonly<Record<Exclude<OperationName, 'Unknown'>, Operation>> = {
	AbortMultipartUpload: abortMultipartUpload,
	CompleteMultipartUpload: completeMultipartUpload,
	CopyObject: copyObject,
	CreateBucket: createBucket,
	CreateMultipartUpload: createMultipartUpload,
	DeleteBucket: deleteBucket,
	DeleteObject: deleteObject,
	DeleteObjects: deleteObjects,
	GetBucketLocation: getBucketLocation,
	GetObject: getObject,
	HeadBucket: headBucket,
	HeadObject: headObject,
	ListBuckets: listBuckets,
	ListMultipartUploads: listMultipartUploads,
	ListObjects: listObjects,
	ListObjectsV2: listObjectsV2,
	ListParts: listParts,
	PutObject: putObject,
	UploadPart: uploadPart,
	UploadPartCopy: uploadPartCopy,
};
