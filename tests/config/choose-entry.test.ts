import test from 'ava';
import {chooseEntry, type LoadedConfig} from '../../source/config/index.ts';

const configOf = (names: readonly string[], rest: Partial<LoadedConfig> = {}): LoadedConfig => ({
	entries: new Map(names.map(name => [name, {}])),
	folder: '/',
	file: '/sluice.config.json',
	...rest,
});

test('takes the name, else the default, else the entry called default', t => {
	t.is(chooseEntry(configOf(['a', 'b', 'default'], {default: 'b'}), 'a'), 'a');
	t.is(chooseEntry(configOf(['a', 'b', 'default'], {default: 'b'})), 'b');
	t.is(chooseEntry(configOf(['a', 'default'])), 'default');
});

test('suggests the nearest name', t => {
	t.throws(() => chooseEntry(configOf(['amazon_1', 'google']), 'amazon-1'), {
		code: 'INVALID_CONFIG',
		message: 'No bucket is named `amazon-1`; did you mean `amazon_1`? (/sluice.config.json)',
	});
});

test('lists the names when none is near, and says when there are none', t => {
	t.throws(() => chooseEntry(configOf(['amazon_1', 'google']), 'backup'), {message: /there are `amazon_1`, `google`/});
	t.throws(() => chooseEntry(configOf([]), 'backup'), {message: /there are none/});
	t.throws(() => chooseEntry(configOf([], {file: undefined}), 'backup'), {message: /there is no sluice\.config/});
});

test('blames the field when the default names nothing', t => {
	t.throws(() => chooseEntry(configOf(['amazon_1'], {default: 'amazon-1'})), {
		code: 'INVALID_CONFIG',
		message: /^Field `default`: no bucket is named `amazon-1`; did you mean `amazon_1`/,
	});
});

test('does not take the only entry unasked', t => {
	t.throws(() => chooseEntry(configOf(['lab'])), {code: 'INVALID_CONFIG', message: /the only one, `lab`, is not taken/});
});

test('does not find what every object has', t => {
	t.throws(() => chooseEntry(configOf(['lab']), 'constructor'), {code: 'INVALID_CONFIG'});
});
