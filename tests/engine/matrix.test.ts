/*
Every provider to every provider, by every strategy: the same bytes, headers and metadata arrive.
*/
import {randomBytes, randomUUID} from 'node:crypto';
import {mkdtempSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {Bucket} from '../../source/bucket/index.ts';
import {copyMany, copyObject, type Strategy} from '../../source/engine/index.ts';
import {createDriver as createLocal} from '../../source/providers/local/index.ts';
import {createDriver as createMemory} from '../../source/providers/memory/index.ts';
import {createDriver as createS3} from '../../source/providers/s3/index.ts';
import {crc32c} from '../../source/streams/index.ts';
import {MIB} from '../../source/utils/sizes.ts';
import {type S3Server, type S3ServerOptions, startS3Server} from '../servers/s3/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-matrix-'));
const servers = new Set<S3Server>();
test.after.always(async () => {
	await Promise.all([...servers].map(server => server.close()));
	await rm(folder, {recursive: true, force: true});
});

const onS3 = (options: S3ServerOptions): (() => Promise<Bucket>) => {
	let starting: Promise<S3Server> | undefined;
	return async () => {
		starting ??= startS3Server(options);
		const server = await starting;
		servers.add(server);
		const {endpoint, region, accessKeyId: user, secretAccessKey: key} = server;
		const bucket = new Bucket(createS3({name: 's3', type: 's3', bucket: `b-${randomUUID()}`, endpoint, region, user, key}));
		await bucket.create();
		return bucket;
	};
};

const providers: Readonly<Record<string, () => Promise<Bucket>>> = {
	memory: async () => new Bucket(await createMemory({name: 'memory', type: 'memory', bucket: randomUUID()})),
	async local() {
		const root = path.join(folder, randomUUID());
		await mkdir(root);
		return new Bucket(await createLocal({name: 'local', type: 'local', bucket: root}));
	},
	s3: onS3({}),
	's3 without checksums': onS3({checksums: false, trailers: 'refuse-400'}),
};

const headers = {contentType: 'text/x-test', cacheControl: 'no-store'};
const metadata = {color: 'blue'};

/** Sizes around what the engine decides by. */
const sizes = [0, 1, 4096, MIB, MIB + 1, 16 * MIB, 16 * MIB + 1];

for (const [from, openSource] of Object.entries(providers)) {
	for (const [to, openTarget] of Object.entries(providers)) {
		test(`${from} to ${to}: what arrives is what was there, at every size`, async t => {
			const [source, target] = [await openSource(), await openTarget()];
			for (const size of sizes) {
				const content = randomBytes(size);
				const key = `in/${size} é#?%+`;
				await source.put(key, content, {...headers, metadata});
				const result = await copyObject({bucket: source, key}, {bucket: target, key: `out/${size}`});
				t.is(result.size, size);
				if (result.strategy !== 'server') {
					t.is(result.crc32c, crc32c(content));
				}

				t.true(content.equals(await target.bytes(`out/${size}`)), `${size} bytes by ${result.strategy}`);
				const info = await target.stat(`out/${size}`);
				t.like(info.headers, headers);
				t.is(info.metadata.color, 'blue');
			}

			const summary = await copyMany({bucket: source, prefix: 'in/'}, {bucket: target, prefix: 'many/'});
			t.is(summary.copied, sizes.length);
			t.deepEqual(summary.failed, []);
		});
	}

	test(`${from} to itself: the ways of one object give the same object`, async t => {
		const [source, target] = [await openSource(), await openSource()];
		const content = randomBytes(11 * MIB + 7);
		await source.put('a', content, {...headers, metadata});
		const ways: Strategy[] = [];
		for (const strategy of ['server', 'ranges', 'stream'] as const) {
			const result = await copyObject({bucket: source, key: 'a'}, {bucket: target, key: strategy}, {strategy});
			ways.push(result.strategy);
			t.true(content.equals(await target.bytes(strategy)), strategy);
			const info = await target.stat(strategy);
			t.like(info.headers, headers);
			t.is(info.metadata.color, 'blue');
		}

		t.deepEqual(ways, ['server', 'ranges', 'stream']);
	});
}
