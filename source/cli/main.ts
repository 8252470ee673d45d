#!/usr/bin/env node
import process from 'node:process';
import {readVersion} from './version.ts';

// What scripts ask for most loads nothing.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2]!)) {
	process.stdout.write(`${readVersion()}\n`);
} else {
	const {runProgram} = await import('./program.ts');
	process.exitCode = await runProgram(process.argv.slice(2));
}
