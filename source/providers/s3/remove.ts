import {type CallOptions, type RemoveOutcome, SluiceError} from '../../contract/index.ts';
import type {WireAnswer} from '../../wire/index.ts';
import type {S3Client} from './client.ts';
import {badAnswer, isErrorDocument, toHiddenError} from './errors.ts';
import {removeManyRequest, removeRequest} from './requests.ts';
import {childrenOf, isXmlText, readXml, textOf} from './xml.ts';

const singlesAtOnce = 8;

const removeOne = async (client: S3Client, key: string, {signal}: CallOptions): Promise<RemoveOutcome> => {
	try {
		await client.send({...removeRequest(key), signal});
	} catch (error) {
		if (!(error instanceof SluiceError) || error.code === 'CANCELLED') {
			throw error;
		}

		return error.code === 'NOT_FOUND' ? {key} : {key, error};
	}

	return {key};
};

const removeSingly = async (client: S3Client, keys: readonly string[], options: CallOptions): Promise<RemoveOutcome[]> => {
	const outcomes: RemoveOutcome[] = [];
	const rest = keys.values();
	const work = async (): Promise<void> => {
		for (const key of rest) {
			outcomes.push(await removeOne(client, key, options));
		}
	};

	const ended = await Promise.allSettled(Array.from({length: Math.min(singlesAtOnce, keys.length)}, work));
	const failed = ended.find(result => result.status === 'rejected');
	if (failed !== undefined) {
		throw failed.reason;
	}

	return outcomes;
};

const readOutcomes = (keys: readonly string[], answer: WireAnswer): RemoveOutcome[] => {
	const root = readXml(answer.body);
	if (isErrorDocument(root)) {
		throw toHiddenError(root, answer, {operation: 'remove', isBucket: true});
	}

	if (root.name !== 'DeleteResult') {
		throw badAnswer('is no `DeleteResult`', answer, {operation: 'remove'});
	}

	const removed = new Set(childrenOf(root, 'Deleted').map(element => textOf(element, 'Key')));
	const failed = new Map(childrenOf(root, 'Error').map(element => [textOf(element, 'Key'), element]));
	return keys.map(key => {
		const element = failed.get(key);
		if (element !== undefined) {
			return textOf(element, 'Code') === 'NoSuchKey' ? {key} : {key, error: toHiddenError(element, answer, {operation: 'remove', key})};
		}

		return removed.has(key)
			? {key}
			: {key, error: badAnswer('does not tell what became of the object', answer, {operation: 'remove', key})};
	});
};

const removeTogether = async (client: S3Client, keys: readonly string[], options: CallOptions): Promise<RemoveOutcome[]> => {
	try {
		return readOutcomes(keys, await client.send({...removeManyRequest(keys), signal: options.signal}));
	} catch (error) {
		if (!(error instanceof SluiceError) || error.code !== 'UNSUPPORTED') {
			throw error;
		}

		client.traits.bulkRemove = false;
		return removeSingly(client, keys, options);
	}
};

/**
Removes up to 1000 objects with one request. Keys that XML cannot carry (control characters) go one by one; so do all at a server that does not know DeleteObjects.
*/
export const removeObjects = async (client: S3Client, keys: readonly string[], options: CallOptions): Promise<readonly RemoveOutcome[]> => {
	const together = client.traits.bulkRemove === false ? [] : keys.filter(isXmlText);
	const singly = together.length === keys.length ? [] : keys.filter(key => client.traits.bulkRemove === false || !isXmlText(key));
	const [bulk, single] = [together.length > 1 ? together : [], together.length === 1 ? [...together, ...singly] : singly];
	const outcomes = bulk.length === 0 ? [] : await removeTogether(client, bulk, options);
	return single.length === 0 ? outcomes : [...outcomes, ...(await removeSingly(client, single, options))];
};
