/** Code units of surrogates come after all others in UTF-8, where JavaScript has U+E000 to U+FFFF behind them. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** Compares well-formed keys by their UTF-8 bytes. */
export const compareKeys = (first: string, second: string): number => {
	const length = Math.min(first.length, second.length);
	for (let index = 0; index < length; index++) {
		const [a, b] = [first.charCodeAt(index), second.charCodeAt(index)];
		if (a !== b) {
			return rank(a) - rank(b);
		}
	}

	return first.length - second.length;
};
