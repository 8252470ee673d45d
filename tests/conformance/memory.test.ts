import {randomUUID} from 'node:crypto';
import {Bucket} from '../../source/bucket/index.ts';
import {createDriver} from '../../source/providers/memory/index.ts';
import {KIB} from '../../source/utils/sizes.ts';
import {conformance} from './index.ts';

const open = (bucket: string): Bucket => new Bucket(createDriver({name: 'memory', type: 'memory', bucket}));

await conformance({
	name: 'memory',
	partSize: 64 * KIB,
	open: async () => open(randomUUID()),
	reopen: async bucket => open(bucket.driver.location.replace('memory:', '')),
});
