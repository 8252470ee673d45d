import {Buffer} from 'node:buffer';
import test from 'ava';
import {childrenOf, escapeXml, isXmlText, readXml, textOf} from '../../../source/providers/s3/xml.ts';

const read = (text: string) => readXml(Buffer.from(text));

test('reads elements, text and references', t => {
	const root = read('\n \n<?xml version="1.0"?>\n<A xmlns="x"><B>1 &lt;&#x41;&amp;&#233; 😀</B><B/><C a="1" b=\'2\'><D> x </D></C></A>\n');
	t.is(root.name, 'A');
	t.is(textOf(root, 'B'), '1 <A&é 😀');
	t.deepEqual(
		childrenOf(root, 'B').map(child => child.text),
		['1 <A&é 😀', ''],
	);
	t.is(textOf(childrenOf(root, 'C')[0]!, 'D'), ' x ');
	t.is(textOf(root, 'none'), undefined);
});

test('100,000 references are fine', t => {
	t.is(read(`<A>${'&amp;&#x26;'.repeat(50_000)}</A>`).text, '&'.repeat(100_000));
});

const hostile: Readonly<Record<string, string>> = {
	nothing: '',
	'white space': ' \n ',
	text: 'Service is down',
	'a DOCTYPE': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
	'an entity of its own': '<a>&b;</a>',
	'a comment': '<a><!-- b --></a>',
	CDATA: '<a><![CDATA[b]]></a>',
	'an instruction': '<a><?b?></a>',
	'a cut document': '<a><b>c</b>',
	'a cut tag': '<a><b',
	'a cut declaration': '<?xml version="1.0"',
	'crossed tags': '<a><b></a></b>',
	'two roots': '<a/><b/>',
	'text behind the root': '<a/>x',
	'a closing tag too many': '<a></a></a>',
	'a closing tag with an attribute': '<a></a b="c">',
	'an attribute without quotes': '<a b=c></a>',
	'a surrogate': '<a>&#xDFFF;</a>',
	'a number beyond Unicode': '<a>&#x110000;</a>',
	'a huge number': '<a>&#99999999999999999999;</a>',
	'an ampersand alone': '<a>b & c</a>',
	HTML: '<!doctype html><html><body>Log in<br></body></html>',
};

for (const [name, text] of Object.entries(hostile)) {
	test(`refuses ${name}, and says that another try may help`, t => {
		t.throws(() => read(text), {name: 'SluiceError', code: 'BAD_RESPONSE'});
	});
}

test('every cut of a document is refused', t => {
	const text = '<?xml version="1.0"?><Result a="b"><Key>k&amp;</Key><Empty/></Result>';
	t.is(read(text).name, 'Result');
	for (let length = 0; length < text.length; length++) {
		t.throws(() => read(text.slice(0, length)), {code: 'BAD_RESPONSE'}, text.slice(0, length));
	}
});

test('depth is bounded', t => {
	t.throws(() => read('<a>'.repeat(100_000)), {code: 'LIMIT_EXCEEDED'});
});

test('bytes that are not UTF-8 are refused', t => {
	t.throws(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])), {code: 'BAD_RESPONSE'});
});

test('names of the prototype are names like others', t => {
	const root = read('<a><__proto__>1</__proto__><constructor>2</constructor></a>');
	t.is(textOf(root, '__proto__'), '1');
	t.is(textOf(root, 'constructor'), '2');
	t.is(textOf(root, 'toString'), undefined);
});

test('what was escaped reads as it was', t => {
	const text = 'a<b>&"\'\r\n\t é 日 😀 ]]>';
	t.is(read(`<a>${escapeXml(text)}</a>`).text, text);
	t.false(/[\r\n\t]/.test(escapeXml(text)));
});

test('knows what XML cannot carry', t => {
	t.true(isXmlText('a\t\n\ré日😀'));
	for (const text of ['\u0000', '\u0001', '\u001F', '\uFFFE', '\uFFFF', '\uD800']) {
		t.false(isXmlText(`a${text}b`), JSON.stringify(text));
	}
});
