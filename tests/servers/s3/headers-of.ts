/** Header lines by lower-case name, repeated ones joined by commas, as they are signed. */
export const headersOf = (rawHeaders: readonly string[]): Map<string, string> => {
	const headers = new Map<string, string>();

	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name = rawHeaders[index]!.toLowerCase();
		const value = rawHeaders[index + 1]!;
		headers.set(name, headers.has(name) ? `${headers.get(name)},${value}` : value);
	}

	return headers;
};
