import test from 'ava';
import {planPartSizes} from '../../source/streams/index.ts';
import {GIB, MIB, TIB} from '../../source/utils/sizes.ts';

const parts = {minimum: 5 * MIB, maximum: 5 * GIB, count: 10_000, uniform: false, parallel: true, multiple: 1};

test('a known size takes the least size from the requested one on that fits', t => {
	t.is(planPartSizes({parts, size: 100}).sizeOf(1), 8 * MIB);
	t.is(planPartSizes({parts, size: 100 * GIB}).sizeOf(10_000), Math.ceil((100 * GIB) / 10_000));
	t.is(planPartSizes({parts, size: GIB, requested: 16 * MIB}).sizeOf(1), 16 * MIB);
	t.is(planPartSizes({parts, size: GIB, requested: 1}).sizeOf(1), 5 * MIB);
	t.true(planPartSizes({parts, size: 5 * TIB}).largest >= 5 * TIB);
});

test('sizes are multiples of what the provider wants', t => {
	const multiple = 256 * 1024;
	t.is(planPartSizes({parts: {...parts, multiple}, size: GIB, requested: 8 * MIB + 1}).sizeOf(1), 8 * MIB + multiple);
	t.is(planPartSizes({parts: {...parts, multiple}, size: 100 * GIB}).sizeOf(1) % multiple, 0);
});

test('an unknown size keeps its parts small for 85 % of them, then doubles up to half of the memory', t => {
	const {sizeOf, largest} = planPartSizes({parts, memory: 256 * MIB});
	t.deepEqual(
		[1, 8500, 8501, 8650, 8651, 8801, 8951, 10_000].map(number => sizeOf(number) / MIB),
		[8, 8, 16, 16, 32, 64, 128, 128],
	);
	t.is(largest, (8500 * 8 + 150 * (16 + 32 + 64) + 1050 * 128) * MIB);
});

test('where there are few parts, each of the last ones is twice as large as the one before', t => {
	const {sizeOf, largest} = planPartSizes({parts: {...parts, count: 25}, requested: 5 * MIB});
	t.deepEqual(
		[1, 21, 22, 23, 24].map(number => sizeOf(number) / MIB),
		[5, 5, 10, 20, 40],
	);
	const sum = Array.from({length: 25}, (_, index) => sizeOf(index + 1)).reduce((total, size) => total + size);
	t.is(largest, sum);
});

test('equal parts stay equal', t => {
	const {sizeOf, largest} = planPartSizes({parts: {...parts, uniform: true}, memory: 256 * MIB});
	t.is(sizeOf(10_000), 8 * MIB);
	t.is(largest, 80_000 * MIB);
});

test('a size that does not fit is refused at once', t => {
	t.throws(() => planPartSizes({parts: {...parts, maximum: 5 * MIB}, size: 50_001 * MIB}), {
		code: 'INVALID_ARGUMENT',
		message: /10000 parts/,
	});
	t.throws(() => planPartSizes({parts, size: 10 * TIB, memory: 256 * MIB}), {code: 'INVALID_ARGUMENT', message: /raise `memory`/});
	t.notThrows(() => planPartSizes({parts, size: 1000 * GIB, memory: 256 * MIB}));
});

test('two parts must fit the memory', t => {
	t.throws(() => planPartSizes({parts, memory: 9 * MIB}), {code: 'INVALID_ARGUMENT', message: /raise `memory`/});
	t.throws(() => planPartSizes({parts, requested: 64 * MIB, memory: 100 * MIB}), {code: 'INVALID_ARGUMENT', message: /lower `partSize`/});
	t.is(planPartSizes({parts, memory: 12 * MIB}).sizeOf(1), 6 * MIB);
});
