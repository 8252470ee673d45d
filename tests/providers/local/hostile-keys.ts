import {Buffer} from 'node:buffer';
import type {Chance} from './tools.ts';

const pieces: readonly string[] = [
	'',
	'.',
	'..',
	'...',
	'/',
	'//',
	'\\',
	'\0',
	'\u0001',
	'\n',
	'%',
	'%~',
	'%~%',
	'%~%25',
	'%00',
	'%2F',
	'%2e%2e',
	'~',
	'.sluice',
	'.sluice/meta',
	'.SLUICE',
	'%~.sluice',
	'%~%temp-0123456789abcdef0123456789abcdef-x',
	'%~%meta-1-1.json',
	'a',
	'CON',
	'a.',
	' ',
	'é',
	'e\u0301',
	'\uFFFD',
	'😀',
	'\uE000',
	'x'.repeat(127),
	'ü'.repeat(64),
	'%'.repeat(86),
	'\0'.repeat(90),
];

/** A key of 1 to 1024 bytes, made of what could be taken for something else. */
export const hostileKey = (chance: Chance): string => {
	let key = '';
	for (let count = 1 + chance(12); count > 0; count--) {
		const piece = pieces[chance(pieces.length)]! + (chance(3) === 0 ? '/' : '');
		if (Buffer.byteLength(key + piece) <= 1024) {
			key += piece;
		}
	}

	return key === '' ? '/' : key;
};

/** The longest keys of their kind. */
export const longKeys: readonly string[] = [
	'/'.repeat(1024),
	'./'.repeat(512),
	'../'.repeat(341),
	'\0'.repeat(1024),
	'\0/'.repeat(512),
	'%~/'.repeat(341),
	'%'.repeat(1024),
	'x'.repeat(1024),
	'ü'.repeat(512),
	'😀'.repeat(256),
	`${'x'.repeat(255)}/${'y'.repeat(256)}/${'z'.repeat(214)}/${'w'.repeat(215)}`,
];
