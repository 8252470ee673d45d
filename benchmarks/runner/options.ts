import {parseArgs} from 'node:util';

export type Options = {
	readonly only: RegExp;
	readonly rounds: number;
	readonly scale: number;
	readonly long: boolean;
	readonly json?: string;
	readonly write: boolean;
	readonly list: boolean;
	readonly help: boolean;
};

export const usage = `npm run benchmark -- [options]

  --only REGEX   scenarios whose name matches
  --rounds N     rounds of all contenders in turn (5)
  --scale N      sizes and counts times N, such as 0.01, to try that everything works (1)
  --long         also the scenarios that take many minutes
  --json FILE    writes every sample
  --write        writes docs/benchmarks.md
  --list         names the scenarios and their claims
  --help`;

const positive = (text: string, name: string): number => {
	const value = Number(text);
	if (!(value > 0 && Number.isFinite(value))) {
		throw new TypeError(`--${name} must be a number above 0, not ${text}`);
	}

	return value;
};

export const parseOptions = (args: readonly string[]): Options => {
	const {values} = parseArgs({
		args: [...args],
		options: {
			only: {type: 'string', default: ''},
			rounds: {type: 'string', default: '5'},
			scale: {type: 'string', default: '1'},
			long: {type: 'boolean', default: false},
			json: {type: 'string'},
			write: {type: 'boolean', default: false},
			list: {type: 'boolean', default: false},
			help: {type: 'boolean', default: false},
		},
	});
	return {
		...values,
		only: new RegExp(values.only),
		rounds: Math.ceil(positive(values.rounds, 'rounds')),
		scale: positive(values.scale, 'scale'),
	};
};
