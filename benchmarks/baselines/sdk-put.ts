/*
A file, or standard input, as the body of lib-storage's `Upload`.

	node sdk-put.ts FILE|- DESTINATION_URL
*/
import {createReadStream} from 'node:fs';
import process from 'node:process';
import {Upload} from '@aws-sdk/lib-storage';
import {concurrency, partSize} from './parts.ts';
import {locate, openClient} from './sdk.ts';

const file = process.argv[2]!;
const {endpoint, Bucket, Key} = locate(process.argv[3]!);

const Body = file === '-' ? process.stdin : createReadStream(file, {highWaterMark: 1024 * 1024});
await new Upload({client: openClient(endpoint), params: {Bucket, Key, Body}, partSize, queueSize: concurrency}).done();
process.exit(0);
