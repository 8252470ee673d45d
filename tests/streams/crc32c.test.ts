import {Buffer} from 'node:buffer';
import test from 'ava';
import {combineCrc32c, crc32c} from '../../source/streams/index.ts';
import {content} from '../conformance/tools.ts';

test('the sum is CRC32C: the check value of the Castagnoli polynomial', t => {
	t.is(crc32c(Buffer.from('123456789')), 0xe3069283);
	t.is(crc32c(Buffer.alloc(32)), 0x8a9136aa);
	t.is(crc32c(Buffer.alloc(0)), 0);
});

test('a sum goes on from the one before', t => {
	const bytes = content(10_000);
	t.is(crc32c(bytes.subarray(3333), crc32c(bytes.subarray(0, 3333))), crc32c(bytes));
});

test('combined sums equal the sum of everything, wherever it is cut', t => {
	const bytes = content(70_000);
	for (const cut of [0, 1, 2, 7, 8, 255, 4096, 65_535, 65_536, 69_999, 70_000]) {
		const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
		t.is(combineCrc32c(crc32c(first), crc32c(second), second.length), crc32c(bytes), `cut at ${cut}`);
	}
});

test('sums of many parts are combined from the left', t => {
	const bytes = content(100_003);
	let sum = 0;
	for (let offset = 0; offset < bytes.length; offset += 999) {
		const part = bytes.subarray(offset, offset + 999);
		sum = combineCrc32c(sum, crc32c(part), part.length);
	}

	t.is(sum, crc32c(bytes));
});

test('lengths up to 2^53 are combined: in one step as in two', t => {
	const zeros = (length: number): number => {
		// The sum of so many zero bytes, by doubling.
		let [sum, power, unit] = [0, 1, crc32c(Buffer.alloc(1))];
		for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
			if (rest % 2 === 1) {
				sum = combineCrc32c(sum, unit, power);
			}

			unit = combineCrc32c(unit, unit, power);
			power *= 2;
		}

		return sum;
	};

	t.is(zeros(1_000_000), crc32c(Buffer.alloc(1_000_000)));
	for (const length of [2 ** 32 + 5, 5 * 2 ** 40, 2 ** 52 + 1]) {
		const [first, half] = [crc32c(content(10)), Math.floor(length / 2)];
		const atOnce = combineCrc32c(first, zeros(length), length);
		const inTwo = combineCrc32c(combineCrc32c(first, zeros(half), half), zeros(length - half), length - half);
		t.is(atOnce, inTwo);
	}
});
