const digits = /^\d{1,16}$/;

/** Reads a size in bytes: decimal digits, a safe integer; `undefined` for anything else. */
export const parseSize = (text: string | undefined): number | undefined => {
	if (text === undefined || !digits.test(text)) {
		return undefined;
	}

	const size = Number(text);
	return Number.isSafeInteger(size) ? size : undefined;
};

/** NaN unless both are digits. */
const twoDigits = (text: string, at: number): number => {
	const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
	return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
};

const isSane = (date: Date): boolean => date.getTime() >= -62_135_596_800_000 && date.getTime() < 253_402_300_800_000;

/** Reads a date of any form, in the years 1 to 9999. */
export const parseDate = (text: string): Date | undefined => {
	const date = new Date(text);
	return isSane(date) ? date : undefined;
};

/**
Reads the date that stands in a longer text. The form of S3 (`2009-10-12T17:50:30.000Z`) is read by its digits, many times faster than by `Date.parse`.
*/
export const parseIsoDate = (text: string, start: number, end: number): Date | undefined => {
	if (end - start !== 24 || text.charCodeAt(end - 1) !== 0x5a || text.charCodeAt(start + 19) !== 0x2e) {
		return parseDate(text.slice(start, end));
	}

	const year = twoDigits(text, start) * 100 + twoDigits(text, start + 2);
	const [month, day] = [twoDigits(text, start + 5), twoDigits(text, start + 8)];
	const [hours, minutes, seconds] = [twoDigits(text, start + 11), twoDigits(text, start + 14), twoDigits(text, start + 17)];
	const milliseconds = twoDigits(text, start + 20) * 10 + (twoDigits(text, start + 21) % 10);
	const isDate = year > 99 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
	const isTime = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds <= 60;
	const date = isDate && isTime ? new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds, milliseconds)) : undefined;
	return date !== undefined && isSane(date) ? date : undefined;
};

/** An ETag without its quotes. A weak one keeps its mark. */
export const unquote = (etag: string): string => (etag.length > 1 && etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag);

/** An ETag as a condition wants it. */
export const quote = (etag: string): string => (etag.startsWith('W/"') ? etag : `"${etag}"`);
