import {addCancellation} from './cancellation.ts';
import {addConditions} from './conditions.ts';
import {addCopies} from './copies.ts';
import type {Harness} from './harness.ts';
import {addKeys} from './keys.ts';
import {addListing} from './listing.ts';
import {addMetadata} from './metadata.ts';
import {addParts} from './parts.ts';
import {addReading} from './reading.ts';
import {addRemoval} from './removal.ts';
import {createSuite} from './suite.ts';
import {addUploads} from './uploads.ts';
import {addWrites} from './writes.ts';

export type {Harness} from './harness.ts';

/**
Declares the tests that every provider must pass, one after the other. What it cannot do is skipped, and the title says why.

Call it once in a test file: `await conformance({…})`.
*/
export const conformance = async (harness: Harness): Promise<void> => {
	const bucket = await harness.open();
	const {capabilities} = bucket;
	await harness.clean?.(bucket);
	await bucket.close();

	const suite = createSuite(harness, capabilities);
	const groups = [
		addWrites,
		addParts,
		addReading,
		addListing,
		addKeys,
		addMetadata,
		addConditions,
		addRemoval,
		addCopies,
		addUploads,
		addCancellation,
	];
	for (const addGroup of groups) {
		addGroup(suite);
	}
};
