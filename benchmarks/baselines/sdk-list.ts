/*
All keys of a bucket with the AWS SDK's paginator, one a line.

	node sdk-list.ts BUCKET_URL
*/
import process from 'node:process';
import {paginateListObjectsV2} from '@aws-sdk/client-s3';
import {locate, openClient} from './sdk.ts';

const {endpoint, Bucket} = locate(process.argv[2]!);

for await (const {Contents = []} of paginateListObjectsV2({client: openClient(endpoint)}, {Bucket})) {
	const lines = Contents.map(({Key}) => `${Key}\n`).join('');
	await new Promise(resolve => process.stdout.write(lines, resolve));
}

process.exit(0);
