/*
Compiles `source` into `dist` and makes the command executable.

Runs as `prepare`, so that `npx sluice` works after `npm install` in a checkout, and before a package is packed.
*/
import {execFileSync} from 'node:child_process';
import {chmodSync, rmSync} from 'node:fs';

rmSync('dist', {recursive: true, force: true});
execFileSync('tsc', ['--project', 'tsconfig.build.json'], {stdio: 'inherit'});
chmodSync('dist/cli/main.js', 0o755);
