/** Number of letters to insert, remove, replace or swap with their neighbour to turn one text into the other. */
const editDistance = (a: string, b: string): number => {
	let before: number[] = [];
	let row = Array.from({length: b.length + 1}, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			const isSwap = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			const swapped = isSwap ? before[j - 2]! + 1 : replaced;
			next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
		}

		[before, row] = [row, next];
	}

	return row[b.length]!;
};

// Case, hyphens and underscores are what people get wrong most: they count for nothing.
const fold = (name: string): string => name.toLowerCase().replaceAll(/[-_ .]/g, '');

/**
The name that was probably meant, or `undefined` when none is near: at most a third of its letters differ. Texts longer than 64 characters have no near name.
*/
export const nearestName = (wanted: string, names: Iterable<string>): string | undefined => {
	let best: string | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const name of names) {
		if (wanted.length > 64 || name.length > 64) {
			continue;
		}

		const distance = editDistance(fold(wanted), fold(name));
		if (distance < least && distance <= Math.floor(Math.max(wanted.length, name.length) / 3)) {
			least = distance;
			best = name;
		}
	}

	return best;
};

/** `; did you mean X?` for the end of a message, or nothing. */
export const suggestion = (wanted: string, names: Iterable<string>): string => {
	const name = nearestName(wanted, names);
	return name === undefined ? '' : `; did you mean \`${name}\`?`;
};
