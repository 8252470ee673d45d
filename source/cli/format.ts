const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size for people: `4.00 GiB`, `17 B`. */
export const formatBytes = (bytes: number): string => {
	const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
	return step === 0 ? `${Math.round(bytes)} B` : `${(bytes / 1024 ** step).toFixed(2)} ${units[step]}`;
};

/** A duration for people: `0.31 s`, `12.4 s`, `3 min 05 s`, `2 h 07 min`. */
export const formatSeconds = (seconds: number): string => {
	if (seconds < 60) {
		return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
	}

	const minutes = Math.floor(seconds / 60);
	const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
	return minutes < 60 ? `${minutes} min ${two(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** Bytes a second for people. */
export const formatRate = (bytes: number, seconds: number): string => `${formatBytes(bytes / Math.max(seconds, 0.001))}/s`;

/** A CRC32C as eight hexadecimal digits. */
export const formatCrc32c = (sum: number): string => sum.toString(16).padStart(8, '0');

/** `1 object`, `2 objects`. */
export const count = (number: number, noun: string): string => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
