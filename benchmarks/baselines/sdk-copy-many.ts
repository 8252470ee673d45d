/*
Every object of a bucket with the AWS SDK's `GetObject` and `PutObject`, 32 at once.

	node sdk-copy-many.ts SOURCE_BUCKET_URL DESTINATION_URL/
*/
import process from 'node:process';
import {GetObjectCommand, PutObjectCommand, paginateListObjectsV2} from '@aws-sdk/client-s3';
import {eachOf, locate, openClient} from './sdk.ts';

const source = locate(process.argv[2]!);
const destination = locate(process.argv[3]!);
const from = openClient(source.endpoint);
const to = openClient(destination.endpoint);

for await (const {Contents = []} of paginateListObjectsV2({client: from}, {Bucket: source.Bucket})) {
	await eachOf(Contents, 32, async ({Key}) => {
		const {Body} = await from.send(new GetObjectCommand({Bucket: source.Bucket, Key}));
		const bytes = await Body!.transformToByteArray();
		await to.send(new PutObjectCommand({Bucket: destination.Bucket, Key: destination.Key + Key, Body: bytes}));
	});
}

process.exit(0);
