import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {configError} from './config-error.ts';

const codeOf = (error: unknown): string => {
	const {code, name} = error as NodeJS.ErrnoException;
	return code ?? name;
};

/** Line of an offset, from 1. */
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

const readJson = async (file: string): Promise<unknown> => {
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		throw configError(`the configuration cannot be read: ${codeOf(error)}`, {file});
	});
	try {
		return JSON.parse(text.replace(/^\uFEFF/, ''));
	} catch (error) {
		// The parser's message quotes the text around the fault, which may be a secret: only the place is told.
		const offset = /position (\d+)/.exec((error as Error).message)?.[1];
		throw configError(`the configuration is not valid JSON${offset === undefined ? '' : `, line ${lineAt(text, Number(offset))}`}`, {file});
	}
};

// Neither a syntax error's message nor its stack is repeated: both quote the source.
const importProblem = (error: unknown): string => {
	const {message = String(error), code, stack = ''} = error as NodeJS.ErrnoException;
	if (error instanceof SyntaxError || code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') {
		const line = /:(\d+)(?::\d+)?\)?$/m.exec(stack.split('\n', 1)[0]!)?.[1];
		return `the configuration is not valid code${line === undefined ? '' : `, line ${line}`}`;
	}

	return `the configuration cannot be loaded: ${message.split('\n', 1)[0]}`;
};

const importModule = async (file: string): Promise<unknown> => {
	let module: {default?: unknown};
	try {
		module = await import(pathToFileURL(file).href);
	} catch (error) {
		throw configError(importProblem(error), {file});
	}

	if (module.default === undefined) {
		throw configError('the configuration has no default export', {file});
	}

	return module.default;
};

/**
Reads a configuration file: JSON by its parser, anything else as a module whose default export it is. Node.js itself strips types.

@throws {SluiceError} `INVALID_CONFIG` with the file's name, never with text of it.
*/
export const readConfig = async (file: string): Promise<unknown> => (path.extname(file) === '.json' ? readJson(file) : importModule(file));
