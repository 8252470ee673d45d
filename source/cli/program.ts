import {Command, CommanderError, InvalidArgumentError} from 'commander';
import {parseSize} from '../utils/parse-size.ts';
import type {GlobalOptions, Run} from './context.ts';
import {readVersion} from './version.ts';

const size = (text: string): number => {
	const bytes = parseSize(text);
	if (!bytes) {
		throw new InvalidArgumentError('Write a size such as `8MiB`.');
	}

	return bytes;
};

const positive = (text: string): number => {
	const number = Number(text);
	if (!Number.isSafeInteger(number) || number < 1) {
		throw new InvalidArgumentError('Write a whole number from 1.');
	}

	return number;
};

const about = `Moves bytes between buckets.

An object is written NAME:KEY, with the name of a bucket from sluice.config.{json,js,ts,mjs}; :KEY is one of the default bucket. Anything else is a path.`;

// Exit code of the last command; commander gives none back.
interface Outcome {
	exitCode: number;
}

/** Binds a command to its module, which is loaded when the command runs. */
const on =
	<Options>(outcome: Outcome, load: () => Promise<{run: Run<Options>}>) =>
	async (...given: unknown[]): Promise<void> => {
		const command = given.at(-1) as Command;
		const [{run}, {runCommand}] = await Promise.all([load(), import('./run-command.ts')]);
		outcome.exitCode = await runCommand(
			async context => run(context, command.args, command.opts<Options & object>()),
			command.optsWithGlobals<GlobalOptions>(),
		);
	};

const addCommands = (program: Command, outcome: Outcome): void => {
	program
		.command('put')
		.description('upload a file, or standard input')
		.argument('<file>', 'path, or - for standard input')
		.argument('<target>', 'NAME:KEY')
		.action(on(outcome, () => import('./commands/put.ts')));
	program
		.command('cat')
		.description('write an object to standard output')
		.argument('<object>', 'NAME:KEY')
		.action(on(outcome, () => import('./commands/cat.ts')));
	program
		.command('cp')
		.description('copy an object or a file; with -r all below a prefix or folder')
		.argument('<source>', 'NAME:KEY or path')
		.argument('<target>', 'NAME:KEY, NAME:PREFIX/ or path')
		.option('-r, --recursive', 'copy what is in SOURCE/ into TARGET/')
		.option('--objects <number>', 'objects at a time, with -r (default: 32)', positive)
		.action(on(outcome, () => import('./commands/cp.ts')));
	program
		.command('ls')
		.description('list keys, one a line; without -R one level')
		.argument('[prefix]', 'NAME:PREFIX')
		.option('-R, --recursive', 'all keys that begin with the prefix')
		.option('-l, --long', 'size and date before the key')
		.action(on(outcome, () => import('./commands/ls.ts')));
	program
		.command('stat')
		.description('tell all about an object')
		.argument('<object>', 'NAME:KEY')
		.option('--json', 'as JSON')
		.action(on(outcome, () => import('./commands/stat.ts')));
	program
		.command('rm')
		.description('remove an object; with -r all below a prefix')
		.argument('<object>', 'NAME:KEY, or NAME:PREFIX with -r')
		.option('-r, --recursive', 'remove what is in PREFIX/; NAME: empties the bucket')
		.action(on(outcome, () => import('./commands/rm.ts')));
	program
		.command('uploads')
		.description('list unfinished uploads')
		.argument('[prefix]', 'NAME:PREFIX')
		.option('--abort', 'remove them')
		.action(on(outcome, () => import('./commands/uploads.ts')));
};

const createProgram = (outcome: Outcome): Command => {
	const program = new Command('sluice')
		.description(about)
		.option('--config <file>', 'configuration (default: SLUICE_CONFIG, else the nearest sluice.config file)')
		.option('--part-size <size>', 'size of the parts of large objects, such as 16MiB', size)
		.option('--concurrency <number>', 'parts of an object at a time (default: 4)', positive)
		.option('--memory <size>', 'memory for buffers of the whole process', size)
		.option('-q, --quiet', 'no progress, no summary')
		.option('-v, --verbose', 'tell all that is known about an error')
		.version(readVersion(), '-V, --version', 'print the version')
		.exitOverride()
		.configureOutput({
			outputError: (text, write) =>
				write(
					`${text
						.trim()
						.replace(/^error: /, 'sluice: ')
						.replaceAll('\n', ' ')} [INVALID_ARGUMENT]\n\`sluice --help\` tells what can be written.\n`,
				),
		});
	addCommands(program, outcome);
	return program;
};

/**
Runs the command line.

@returns The exit code: 0, 1 when something failed, 2 for a wrong call or configuration, 130 after SIGINT, 143 after SIGTERM.
*/
export const runProgram = async (args: readonly string[]): Promise<number> => {
	const outcome = {exitCode: 0};
	try {
		await createProgram(outcome).parseAsync(args, {from: 'user'});
		return outcome.exitCode;
	} catch (error) {
		if (error instanceof CommanderError) {
			return error.exitCode === 0 ? 0 : 2;
		}

		throw error;
	}
};
