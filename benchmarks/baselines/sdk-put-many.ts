/*
Every file of a flat folder with the AWS SDK's `PutObject`, 32 at once.

	node sdk-put-many.ts FOLDER DESTINATION_URL/
*/
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {PutObjectCommand} from '@aws-sdk/client-s3';
import {eachOf, locate, openClient} from './sdk.ts';

const folder = process.argv[2]!;
const {endpoint, Bucket, Key: prefix} = locate(process.argv[3]!);
const client = openClient(endpoint);

await eachOf(await readdir(folder), 32, async name => {
	const Body = await readFile(join(folder, name));
	return client.send(new PutObjectCommand({Bucket, Key: prefix + name, Body}));
});
process.exit(0);
