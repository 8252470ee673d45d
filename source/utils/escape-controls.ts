// C0, DEL, C1, line separators and the marks that change the direction of text.
const controls = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/**
Makes text from outside safe to print on a terminal and in one line: what could move the cursor, colour the text or turn its direction becomes `\u{…}`.
*/
export const escapeControls = (text: string): string =>
	text.replaceAll(controls, character => `\\u{${character.codePointAt(0)!.toString(16)}}`);
