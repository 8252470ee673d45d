/**
Type names beside `s3` and the regions they stand for: those of Apache Libcloud, whose old names outlived the hosts they meant.

@see libcloud.storage.drivers.s3 (`S3_…_HOST`), libcloud.storage.types.Provider.
*/
const regionByType: Readonly<Record<string, string>> = {
	s3_us_standard: 'us-east-1',
	s3_us_east: 'us-east-1',
	s3_us_east2: 'us-east-2',
	s3_us_west: 'us-west-1',
	s3_us_west_oregon: 'us-west-2',
	s3_us_gov_west: 'us-gov-west-1',
	s3_us_gov_east: 'us-gov-east-1',
	s3_ca_central: 'ca-central-1',
	s3_sa_east: 'sa-east-1',
	s3_eu_west: 'eu-west-1',
	s3_eu_west2: 'eu-west-2',
	s3_eu_central: 'eu-central-1',
	s3_eu_north1: 'eu-north-1',
	s3_eu_south1: 'eu-south-1',
	s3_ap_south: 'ap-south-1',
	s3_ap_southeast: 'ap-southeast-1',
	s3_ap_southeast2: 'ap-southeast-2',
	s3_ap_northeast: 'ap-northeast-1',
	s3_ap_northeast1: 'ap-northeast-1',
	s3_ap_northeast2: 'ap-northeast-2',
	s3_cn_north: 'cn-north-1',
	s3_cn_northwest: 'cn-northwest-1',
	s3_af_south1: 'af-south-1',
};

/** Every type of this provider, in the spelling of the documentation. */
export const s3Types: readonly string[] = ['s3', ...Object.keys(regionByType)];

/** The spelling of the documentation: case, hyphens, a leading `libcloud.storage.….` and a trailing `_HOST` count for nothing. */
const plain = (type: string): string =>
	type
		.replace(/^libcloud\.storage\.(?:types\.Provider|drivers\.s3)\./, '')
		.toLowerCase()
		.replaceAll('-', '_')
		.replace(/_host$/, '');

/** Whether a type is one of this provider's. */
export const isS3Type = (type: string): boolean => s3Types.includes(plain(type));

/** The region that a type stands for; `undefined` for plain `s3` and for types of other providers. */
export const regionOfType = (type: string): string | undefined => {
	const name = plain(type);
	return Object.hasOwn(regionByType, name) ? regionByType[name] : undefined;
};
