/*
Installs the packed package into an empty folder, as a user does, and uses it: the command, the library, the types.
*/
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-package-'));
const run = (command: string, ...given: string[]): string =>
	execFileSync(command, given, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']});

try {
	const packed = JSON.parse(
		execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}).replace(
			/^[^[{]*/,
			'',
		),
	);
	const {filename, files} = Array.isArray(packed) ? packed[0] : (Object.values(packed)[0] as {filename: string; files: {path: string}[]});
	const strange = (files as {path: string}[]).filter(
		file => !/^(dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE)/.test(file.path),
	);
	if (strange.length > 0) {
		throw new Error(`The package holds what nobody needs: ${strange.map(file => file.path).join(', ')}`);
	}

	writeFileSync(path.join(folder, 'package.json'), JSON.stringify({private: true, type: 'module'}));
	run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', path.join(folder, filename));
	writeFileSync(
		path.join(folder, 'sluice.config.json'),
		JSON.stringify({providers: {disk: {type: 'local', bucket: './bucket'}}, default: 'disk'}),
	);
	mkdirSync(path.join(folder, 'bucket'));
	writeFileSync(path.join(folder, 'hello.txt'), 'hello');
	const version = run('npx', 'sluice', '--version').trim();
	run('npx', 'sluice', 'put', 'hello.txt', 'disk:greetings/hello.txt', '--quiet');
	const listed = run('npx', 'sluice', 'ls', 'disk:', '-R').trim();
	writeFileSync(
		path.join(folder, 'use.ts'),
		`import {open} from 'sluice';
const sluice = await open({providers: {disk: {type: 'local', bucket: './bucket'}}, default: 'disk'});
const bucket = await sluice.bucket();
console.log(new TextDecoder().decode(await bucket.bytes('greetings/hello.txt')));
await sluice.close();
`,
	);
	const read = run('node', 'use.ts').trim();
	if (version !== JSON.parse(readFileSync('package.json', 'utf8')).version || listed !== 'greetings/hello.txt' || read !== 'hello') {
		throw new Error(`The installed package answers ${JSON.stringify({version, listed, read})}`);
	}

	console.log(`package: ${(files as unknown[]).length} files, installed and used`);
} finally {
	rmSync(folder, {recursive: true, force: true});
}
