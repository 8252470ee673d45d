import test from 'ava';
import {isS3Type, regionOfType, s3Types} from '../../../source/providers/s3/regions.ts';

const regions: Readonly<Record<string, string>> = {
	S3_US_STANDARD_HOST: 'us-east-1',
	S3_US_WEST_HOST: 'us-west-1',
	S3_US_WEST_OREGON_HOST: 'us-west-2',
	S3_EU_WEST_HOST: 'eu-west-1',
	S3_AP_SOUTHEAST_HOST: 'ap-southeast-1',
	S3_AP_NORTHEAST_HOST: 'ap-northeast-1',
	S3_AP_NORTHEAST1_HOST: 'ap-northeast-1',
	S3_AP_NORTHEAST2_HOST: 'ap-northeast-2',
	S3_AP_SOUTH_HOST: 'ap-south-1',
	S3_AP_SOUTHEAST2_HOST: 'ap-southeast-2',
	S3_US_EAST2_HOST: 'us-east-2',
	S3_US_GOV_WEST_HOST: 'us-gov-west-1',
	S3_US_GOV_EAST_HOST: 'us-gov-east-1',
	S3_EU_WEST2_HOST: 'eu-west-2',
	S3_EU_CENTRAL_HOST: 'eu-central-1',
	S3_EU_NORTH1_HOST: 'eu-north-1',
	S3_EU_SOUTH1_HOST: 'eu-south-1',
	S3_SA_EAST_HOST: 'sa-east-1',
	S3_CA_CENTRAL_HOST: 'ca-central-1',
	S3_CN_NORTH_HOST: 'cn-north-1',
	S3_CN_NORTHWEST_HOST: 'cn-northwest-1',
	S3_AF_SOUTH1_HOST: 'af-south-1',
};

for (const [constant, region] of Object.entries(regions)) {
	test(`${constant} means ${region}, in every spelling`, t => {
		const provider = constant.replace(/_HOST$/, '');
		for (const type of [
			constant,
			provider,
			provider.toLowerCase(),
			provider.toLowerCase().replaceAll('_', '-'),
			`libcloud.storage.types.Provider.${provider}`,
			`libcloud.storage.drivers.s3.${constant}`,
		]) {
			t.is(regionOfType(type), region, type);
			t.true(isS3Type(type), type);
		}
	});
}

test('plain `s3` names no region', t => {
	t.true(isS3Type('S3'));
	t.true(isS3Type('libcloud.storage.types.Provider.S3'));
	t.is(regionOfType('s3'), undefined);
	t.true(s3Types.includes('s3'));
});

test('the region that does not exist, and names of no region, are no types', t => {
	for (const type of ['S3_SA_SOUTHEAST2_HOST', 's3_sa_east_2', 'google_storage', 's3_', '__proto__', 'constructor', 'toString']) {
		t.false(isS3Type(type), type);
		t.is(regionOfType(type), undefined, type);
	}
});
