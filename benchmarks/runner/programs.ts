import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = join(root, 'node_modules', '.cache', 'sluice-benchmarks');

/**
Compiles `benchmarks/baselines` to JavaScript, as sluice is compiled too: Node.js takes 30 MB more and some CPU when it strips types itself.

The output lies below `node_modules`, where its imports are found.
*/
export const compileBaselines = async (): Promise<void> => {
	await mkdir(output, {recursive: true});
	await writeFile(join(output, 'package.json'), '{"type": "module"}\n');
	const tsc = join(root, 'node_modules', '.bin', 'tsc');
	await promisify(execFile)(tsc, ['--project', join(root, 'benchmarks', 'baselines'), '--outDir', output]);
};

/** The compiled form of a program of `benchmarks/baselines`. */
export const baseline = (name: string): string => join(output, `${name}.js`);
