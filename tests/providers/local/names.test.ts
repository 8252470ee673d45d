import {Buffer} from 'node:buffer';
import path from 'node:path';
import test from 'ava';
import {decodePath, encodeKey, nameOf, parseTemporary, temporaryName} from '../../../source/providers/local/names.ts';
import {hostileKey, longKeys} from './hostile-keys.ts';
import {createChance} from './tools.ts';

const chance = createChance(1);
const keys = [...new Set([...longKeys, ...Array.from({length: 20_000}, () => hostileKey(chance))])];

test('a key comes back from its path as it was', t => {
	for (const key of keys) {
		t.is(decodePath(encodeKey(key)), key);
	}
});

test('different keys have different paths', t => {
	t.is(new Set(keys.map(key => encodeKey(key))).size, keys.length);
});

test('a path stays below its root, and each of its names is one that a file can have', t => {
	for (const key of keys) {
		const encoded = encodeKey(key);
		const names = encoded.split('/');
		t.true(path.resolve('/bucket', encoded).startsWith('/bucket/'), key);
		t.is(path.posix.normalize(encoded), encoded, key);
		t.true(names.every(name => name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && Buffer.byteLength(name) <= 255));
		t.not(names[0], '.sluice');
	}
});

test('no path of a key is as long as the system refuses', t => {
	for (const key of longKeys) {
		t.true(Buffer.byteLength(encodeKey(key)) < 3500, key);
	}
});

test('no key has the path of one of our own files', t => {
	for (const key of keys) {
		t.true(
			encodeKey(key)
				.split('/')
				.every(name => !parseTemporary(name) && !name.startsWith('%~%meta-')),
			key,
		);
	}
});

for (const name of [
	'a.txt',
	'100%.txt',
	'a%20b',
	'~x',
	'%41',
	'.hidden',
	'...',
	'a\\b',
	'a\nb',
	'x'.repeat(255),
	'a/.sluice/b',
	' ',
	'é',
	'%',
]) {
	test(`${JSON.stringify(name).slice(0, 30)} is its own path`, t => {
		t.is(encodeKey(name), name);
		t.is(decodePath(name), name);
	});
}

test('keys that a file system cannot have are written as the documentation says', t => {
	t.is(encodeKey('a//b'), 'a/%~/b');
	t.is(encodeKey('/a'), '%~/a');
	t.is(encodeKey('a/'), 'a/%~');
	t.is(encodeKey('../x'), '%~../x');
	t.is(encodeKey('a\0b'), '%~a%00b');
	t.is(encodeKey('%~x'), '%~%25~x');
	t.is(encodeKey('.sluice/x'), '%~.sluice/x');
	t.is(encodeKey('x'.repeat(300)), `%~${'x'.repeat(252)}%/%~${'x'.repeat(48)}`);
});

for (const foreign of [
	'%~x',
	'%~%',
	'%~%41',
	'%~%2',
	'%~..x',
	'%~a%/%~b',
	'%~/..',
	'.sluice',
	'.',
	'..',
	'a//b',
	'',
	`%~${'x'.repeat(253)}`,
]) {
	test(`${JSON.stringify(foreign).slice(0, 30)} is the path of no key`, t => {
		t.is(decodePath(foreign), undefined);
	});
}

test('a temporary name tells its object, unless that leaves no room', t => {
	const id = '0123456789abcdef'.repeat(2);
	for (const key of keys) {
		const name = nameOf(encodeKey(key));
		const temporary = temporaryName(id, name);
		t.true(Buffer.byteLength(temporary.name) <= 255);
		t.deepEqual(parseTemporary(temporary.name), {id, name: temporary.isFolder ? undefined : name});
	}
});
