/*
The architecture, as the imports show it: who may import whom (`docs/architecture.md`).
*/
import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';

const root = path.join(import.meta.dirname, '..');

/** What each folder of `source` may import besides itself. `.` stands for the files of `source` itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
	utils: [],
	contract: ['utils'],
	wire: ['contract', 'utils'],
	streams: ['contract', 'utils'],
	http: ['contract', 'utils'],
	providers: ['contract', 'wire', 'http', 'streams', 'utils'],
	bucket: ['contract', 'streams', 'utils'],
	engine: ['bucket', 'contract', 'streams', 'utils'],
	config: ['contract', 'utils'],
	cli: ['.', 'utils'],
	'.': ['bucket', 'config', 'contract', 'engine', 'providers', 'streams', 'utils', 'cli'],
};

/** Packages, and the folders that alone may import them. */
const owners: Readonly<Record<string, readonly string[]>> = {
	'@aws-sdk/client-s3': ['providers/s3'],
	'@aws-sdk/lib-storage': ['providers/s3'],
	'@node-rs/crc32': ['streams'],
	'p-limit': ['streams', 'engine', 'bucket'],
	commander: ['cli'],
};

const imports = (file: string): string[] =>
	[
		...readFileSync(path.join(root, file), 'utf8').matchAll(
			/(?:^(?:import|export)\b[^'\n]* from |^\} from |^import |\bimport\()'([^'\n]+)'/gm,
		),
	].map(match => match[1]!);

const layerOf = (file: string): string => {
	const [, layer, ...rest] = file.split('/');
	return rest.length > 0 ? layer! : '.';
};

const files = globSync('source/**/*.ts', {cwd: root}).map(file => file.split(path.sep).join('/'));

test('there is something to look at', t => {
	t.true(files.length > 50);
});

for (const file of files) {
	const layer = layerOf(file);
	for (const name of new Set(imports(file))) {
		if (name.startsWith('.')) {
			const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
			const targetLayer = layerOf(target);
			test(`${file} may import ${target}`, t => {
				t.true(targetLayer === layer || allowed[layer]!.includes(targetLayer), `${layer} must not import ${targetLayer}`);
				if (layer === 'providers' && targetLayer === 'providers') {
					t.is(target.split('/')[2], file.split('/')[2], 'a provider must not import another one');
				}
			});
		} else if (!name.startsWith('node:')) {
			test(`${file} may import the package ${name}`, t => {
				const owner = owners[name];
				t.truthy(owner, `${name} is not in docs/dependencies.md's table of owners`);
				t.true(owner!.some(folder => file.startsWith(`source/${folder}/`)));
			});
		}
	}
}
