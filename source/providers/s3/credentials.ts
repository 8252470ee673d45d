import {SluiceError} from '../../contract/index.ts';
import type {S3Options} from './options.ts';
import type {Credentials} from './sign.ts';

/** Where the keys come from. */
export interface CredentialSource {
	/** Fetched and renewed in time; one fetch for all who wait. */
	get(): Credentials | Promise<Credentials>;
	/** Fetches new ones after the server has refused these; false when there are none. One fetch for all who ask. */
	renew(refused: Credentials): Promise<boolean>;
}

type Chain = (options?: {forceRefresh?: boolean}) => Promise<Credentials>;

const fixed = (credentials: Credentials): CredentialSource => ({get: () => credentials, renew: async () => false});

const chained = (options: S3Options): CredentialSource => {
	let chain: Promise<Chain> | undefined;
	let renewal: Promise<Credentials> | undefined;

	const load = async (): Promise<Chain> => {
		const {defaultCredentials} = await import('./sdk.ts');
		return defaultCredentials(options);
	};

	const fetch = async (forceRefresh: boolean): Promise<Credentials> => {
		try {
			chain ??= load();
			const fetched = await (await chain)({forceRefresh});
			return fetched;
		} catch (error) {
			throw new SluiceError('UNAUTHENTICATED', 'No credentials: neither `user` and `key` nor the default chain of AWS has any', {
				provider: 's3',
				bucket: options.name,
				cause: error,
			});
		}
	};

	return {
		get: async () => fetch(false),
		async renew(refused) {
			const current = await fetch(false);
			if (current.accessKeyId !== refused.accessKeyId || current.sessionToken !== refused.sessionToken) {
				return true;
			}

			renewal ??= fetch(true).finally(() => {
				renewal = undefined;
			});
			const renewed = await renewal;
			return renewed.accessKeyId !== refused.accessKeyId || renewed.sessionToken !== refused.sessionToken;
		},
	};
};

/** The keys of an entry, or the default chain of the AWS SDK, which is loaded when the first request is signed. */
export const createCredentials = (options: S3Options): CredentialSource =>
	options.credentials === undefined ? chained(options) : fixed(options.credentials);
