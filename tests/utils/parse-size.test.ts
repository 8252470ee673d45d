import test from 'ava';
import {parseSize} from '../../source/utils/parse-size.ts';
import {GIB, KIB, MIB, TIB} from '../../source/utils/sizes.ts';

const sizes: readonly (readonly [string, number])[] = [
	['65536', 65_536],
	['1B', 1],
	['0', 0],
	['0.3 GB', 300_000_000],
	['8k', 8 * KIB],
	['8MiB', 8 * MIB],
	['8mb', 8_000_000],
	['1.5 GiB', 1.5 * GIB],
	['2T', 2 * TIB],
];

for (const [text, size] of sizes) {
	test(`reads ${text} as ${size} bytes`, t => {
		t.is(parseSize(text), size);
	});
}

for (const text of ['', '-1', '1e9', '8 Mi B', 'MiB', '9007199254740993', '1 PiB', '0x10', 1.5, -1, Number.NaN]) {
	test(`takes ${JSON.stringify(text)} for no size`, t => {
		t.is(parseSize(text), undefined);
	});
}
