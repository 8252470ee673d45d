/*
The stream of the AWS SDK's `GetObject` into a file.

	node sdk-get.ts SOURCE_URL FILE
*/
import {createWriteStream} from 'node:fs';
import process from 'node:process';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {GetObjectCommand} from '@aws-sdk/client-s3';
import {locate, openClient} from './sdk.ts';

const {endpoint, Bucket, Key} = locate(process.argv[2]!);

const {Body} = await openClient(endpoint).send(new GetObjectCommand({Bucket, Key}));
await pipeline(Body as Readable, createWriteStream(process.argv[3]!));
process.exit(0);
