import test from 'ava';
import {escapeControls} from '../../source/utils/escape-controls.ts';

test('makes every control and direction character visible', t => {
	t.is(escapeControls('a\u001B[31mb\nc\u007Fd\u009Be\u202Ef\u2028g'), 'a\\u{1b}[31mb\\u{a}c\\u{7f}d\\u{9b}e\\u{202e}f\\u{2028}g');
});

test('leaves other text alone', t => {
	t.is(escapeControls('año/日本語 🎉.txt'), 'año/日本語 🎉.txt');
});
