import test, {type ExecutionContext} from 'ava';
import type {Bucket} from '../../source/bucket/index.ts';
import type {Capabilities} from '../../source/contract/index.ts';
import type {Harness} from './harness.ts';

export interface Suite {
	readonly harness: Harness;
	readonly capabilities: Capabilities;
	readonly partSize: number;
	/**
	Declares a test over a fresh bucket. At its end nothing may be in use any more.

	@param id - Names the case in `Harness.skip`.
	@param capabilities - What the case needs, by name; with `false` or nothing as its value it is skipped, which the title says.
	*/
	add(
		id: string,
		title: string,
		run: (t: ExecutionContext, bucket: Bucket) => Promise<void>,
		capabilities?: Readonly<Record<string, unknown>>,
	): void;
}

const missing = (capabilities: Readonly<Record<string, unknown>>): string | undefined => {
	const name = Object.keys(capabilities).find(capability => !capabilities[capability]);
	return name === undefined ? undefined : `no capability ${name}`;
};

export const createSuite = (harness: Harness, capabilities: Capabilities): Suite => ({
	harness,
	capabilities,
	partSize: harness.partSize,
	add(id, title, run, needed = {}) {
		const fullTitle = `${harness.name}: ${title} [${id}]`;
		const reason = harness.skip?.[id] ?? missing(needed);
		if (reason !== undefined) {
			test.serial.skip(`${fullTitle} (${reason})`, () => {});
			return;
		}

		test.serial(fullTitle, async t => {
			const bucket = await harness.open();
			try {
				await run(t, bucket);
				t.is((await harness.busy?.(bucket)) ?? 0, 0, 'something is still in use');
			} finally {
				await harness.clean?.(bucket);
				await bucket.close();
			}
		});
	},
});
