import {type PartReceipt, SluiceError, type UploadSession} from '../../contract/index.ts';
import {combineCrc32c} from '../../streams/crc32c.ts';
import {uploadNotFound} from './errors.ts';
import {commit, receive, turn} from './requests.ts';
import type {Store, StoredPart, StoredUpload} from './store.ts';

const findUpload = (store: Store, id: string): StoredUpload => {
	const upload = store.uploads.get(id);
	if (!upload) {
		throw uploadNotFound();
	}

	return upload;
};

/** The part that a receipt names, if it is the next one and as the receipt says. */
const findPart = ({parts}: StoredUpload, receipt: PartReceipt, number: number): StoredPart => {
	const part = parts.get(receipt.number);
	if (receipt.number !== number || part?.bytes.length !== receipt.size || part.crc32c !== receipt.crc32c) {
		throw new SluiceError('INVALID_ARGUMENT', `Part ${number} of the upload is missing or another one`);
	}

	return part;
};

/** @param id - The token too. */
export const createSession = (store: Store, id: string): UploadSession => ({
	token: id,

	async part({number, body}, {signal}) {
		findUpload(store, id);
		await turn(signal);
		const part = await receive(body, signal);
		findUpload(store, id).parts.set(number, part);
		return {number, size: body.size, crc32c: part.crc32c};
	},

	async complete(receipts, {size, crc32c, signal}) {
		await turn(signal);
		const upload = findUpload(store, id);
		const parts = receipts.map((receipt, index) => findPart(upload, receipt, index + 1));
		const sum = parts.reduce((total, part) => combineCrc32c(total, part.crc32c, part.bytes.length), 0);
		if (sum !== crc32c || parts.reduce((total, part) => total + part.bytes.length, 0) !== size) {
			throw new SluiceError('CHECKSUM_MISMATCH', 'The parts do not add up to the object');
		}

		const info = commit(store, upload.key, {pieces: parts.map(({bytes}) => bytes), crc32c}, upload.options);
		store.uploads.delete(id);
		return info;
	},

	async abort({signal}) {
		await turn(signal);
		store.uploads.delete(id);
	},
});
