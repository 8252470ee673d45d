/** Polynomial 0x9A6C9329AC4BC9B5, reflected already. */
const POLYNOMIAL = 0x9a_6c_93_29_ac_4b_c9_b5n;

/** Tables for eight bytes a step; each entry is split into its low and high half, as BigInt would be slow. */
const createTables = (): {low: Uint32Array; high: Uint32Array} => {
	const entries: bigint[] = [];

	for (let index = 0; index < 256; index++) {
		let value = BigInt(index);

		for (let bit = 0; bit < 8; bit++) {
			value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
		}

		entries.push(value);
	}

	for (let index = 256; index < 2048; index++) {
		const before = entries[index - 256]!;
		entries.push((before >> 8n) ^ entries[Number(before & 0xffn)]!);
	}

	return {
		low: Uint32Array.from(entries, value => Number(value & 0xff_ff_ff_ffn)),
		high: Uint32Array.from(entries, value => Number(value >> 32n)),
	};
};

const {low: tableLow, high: tableHigh} = createTables();

/** CRC-64/NVME of the data, eight bytes big-endian: the sum that S3 makes of an object when the client sends none. */
export const crc64Nvme = (data: Uint8Array): Buffer => {
	let low = 0xff_ff_ff_ff;
	let high = 0xff_ff_ff_ff;
	let index = 0;

	for (const end = data.length - 7; index < end; index += 8) {
		const a = low ^ (data[index]! | (data[index + 1]! << 8) | (data[index + 2]! << 16) | (data[index + 3]! << 24));
		const b = high ^ (data[index + 4]! | (data[index + 5]! << 8) | (data[index + 6]! << 16) | (data[index + 7]! << 24));
		const at0 = 1792 + (a & 255);
		const at1 = 1536 + ((a >>> 8) & 255);
		const at2 = 1280 + ((a >>> 16) & 255);
		const at3 = 1024 + (a >>> 24);
		const at4 = 768 + (b & 255);
		const at5 = 512 + ((b >>> 8) & 255);
		const at6 = 256 + ((b >>> 16) & 255);
		const at7 = b >>> 24;
		low =
			tableLow[at0]! ^ tableLow[at1]! ^ tableLow[at2]! ^ tableLow[at3]! ^ tableLow[at4]! ^ tableLow[at5]! ^ tableLow[at6]! ^ tableLow[at7]!;
		high =
			tableHigh[at0]! ^
			tableHigh[at1]! ^
			tableHigh[at2]! ^
			tableHigh[at3]! ^
			tableHigh[at4]! ^
			tableHigh[at5]! ^
			tableHigh[at6]! ^
			tableHigh[at7]!;
	}

	for (; index < data.length; index++) {
		const at = (low ^ data[index]!) & 255;
		low = tableLow[at]! ^ ((low >>> 8) | (high << 24));
		high = tableHigh[at]! ^ (high >>> 8);
	}

	const sum = Buffer.alloc(8);
	sum.writeUInt32BE(~high >>> 0, 0);
	sum.writeUInt32BE(~low >>> 0, 4);
	return sum;
};
