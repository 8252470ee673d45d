import type {Run} from '../context.ts';
import {openObject} from '../locations.ts';

export const run: Run = async ({sluice, output, signal}, [text = '']) => {
	const {bucket, key} = await openObject(sluice, text);
	await bucket.read(key, {signal}, async chunk => output.write(chunk));
};
