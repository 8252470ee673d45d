/** Surrogates come before U+E000 in UTF-16 and behind U+FFFF in UTF-8. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Compares texts by their UTF-8 bytes, without making these. */
export const compareBytes = (a: string, b: string): number => {
	const length = Math.min(a.length, b.length);
	for (let index = 0; index < length; index++) {
		const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
		if (difference !== 0) {
			return difference;
		}
	}

	return a.length - b.length;
};

const surrogates = /[\uD800-\uDFFF]/;

/** Sorts texts by their UTF-8 bytes, in place. */
export const sortByBytes = (texts: string[]): string[] =>
	texts.some(text => surrogates.test(text)) ? texts.sort(compareBytes) : texts.sort();
