import type {Suite} from './suite.ts';
import {assertContent, failsWith, keysOf} from './tools.ts';

/** Keys that a provider, a server or a file system might take for something else. */
const hostileKeys: Readonly<Record<string, string>> = {
	space: ' a  b ',
	hash: 'a#b',
	question: 'a?b=c&d',
	percent: '100%',
	'percent-escape': 'a%2Fb%20c',
	plus: 'a+b',
	backslash: 'a\\b',
	dot: '.',
	dotdot: '..',
	'dot-segments': 'a/../b/./c',
	'dotdot-first': '../a',
	'double-slash': 'a//b',
	'leading-slash': '/a',
	'trailing-slash': 'a/',
	'only-slash': '/',
	nfc: '\u00E9',
	nfd: 'e\u0301',
	control: 'a\u0001b',
	newline: 'a\nb\r\nc',
	tab: 'a\tb',
	delete: 'a\u007Fb',
	xml: `<a href="b">&amp;'</a>`,
	'cdata-end': 'a]]>b',
	'non-bmp': '😀/𝒳',
	noncharacter: 'a\uFFFEb',
	proto: '__proto__',
	constructor: 'constructor',
	device: 'CON',
	'trailing-dot': 'a.',
	tilde: '~a',
	colon: 'C:a',
	star: 'a*b|c',
	reserved: ";,/?:@&=$-_.!~*'()[]{}^`",
	upper: 'A/B',
	longest: `${'0123456789abcdef/'.repeat(60)}abcd`,
	'longest-utf8': 'ü'.repeat(512),
};

const addHostile = ({add, capabilities}: Suite): void => {
	for (const [name, key] of Object.entries(hostileKeys)) {
		const fits = Buffer.byteLength(key) <= capabilities.keyMaximum;
		add(
			`key:${name}`,
			`the key ${JSON.stringify(key).slice(0, 40)} is kept byte for byte`,
			async (t, bucket) => {
				await bucket.put(key, `content of ${name}`);
				t.is((await bucket.stat(key)).key, key);
				await assertContent(t, bucket, key, Buffer.from(`content of ${name}`));
				t.deepEqual(await keysOf(bucket), [key]);
				t.deepEqual(await keysOf(bucket, {prefix: key}), [key]);
				await bucket.remove(key);
				t.deepEqual(await keysOf(bucket), []);
			},
			{keyMaximum: fits},
		);
	}
};

const addTwins = ({add}: Suite): void => {
	const twins: Readonly<Record<string, readonly string[]>> = {
		case: ['a', 'A'],
		normal: ['\u00E9', 'e\u0301'],
		slashes: ['a/b', 'a//b'],
		nested: ['a', 'a/b', 'a/'],
		escapes: ['a b', 'a%20b', 'a+b'],
	};

	for (const [name, keys] of Object.entries(twins)) {
		add(`key:twins:${name}`, `${keys.map(key => JSON.stringify(key)).join(', ')} are different objects`, async (t, bucket) => {
			for (const key of keys) {
				await bucket.put(key, `content of ${key}`);
			}

			for (const key of keys) {
				await assertContent(t, bucket, key, Buffer.from(`content of ${key}`));
			}

			t.deepEqual((await keysOf(bucket)).toSorted(), keys.toSorted());
		});
	}
};

const addRefused = ({add, capabilities}: Suite): void => {
	const refused = {
		empty: '',
		'lone-surrogate': 'a\uD800b',
		'too-long': 'x'.repeat(capabilities.keyMaximum + 1),
	};

	for (const [name, key] of Object.entries(refused)) {
		add(`key:refused:${name}`, `a key that is ${name.replace('-', ' ')} is refused by every verb`, async (t, bucket) => {
			await failsWith(t, bucket.put(key, 'x'), 'INVALID_KEY');
			await failsWith(t, bucket.stat(key), 'INVALID_KEY');
			await failsWith(t, bucket.bytes(key), 'INVALID_KEY');
			await failsWith(t, bucket.remove(key), 'INVALID_KEY');
			t.throws(() => bucket.createReadable(key), {code: 'INVALID_KEY'});
			t.throws(() => bucket.createWritable(key), {code: 'INVALID_KEY'});
			const {removed, failed} = await bucket.removeMany([key]);
			t.is(removed, 0);
			t.is(failed[0]?.error.code, 'INVALID_KEY');
		});
	}
};

export const addKeys = (suite: Suite): void => {
	addHostile(suite);
	addTwins(suite);
	addRefused(suite);
};
