/*
One object with the AWS SDK: the stream of `GetObject` as the body of lib-storage's `Upload`.

	node sdk-copy.ts SOURCE_URL DESTINATION_URL
*/
import process from 'node:process';
import {GetObjectCommand} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import {concurrency, partSize} from './parts.ts';
import {locate, openClient} from './sdk.ts';

const source = locate(process.argv[2]!);
const destination = locate(process.argv[3]!);

const {Body} = await openClient(source.endpoint).send(new GetObjectCommand({Bucket: source.Bucket, Key: source.Key}));
await new Upload({
	client: openClient(destination.endpoint),
	params: {Bucket: destination.Bucket, Key: destination.Key, Body},
	partSize,
	queueSize: concurrency,
}).done();
process.exit(0);
