/** What one run of a contender took, the whole process tree together. */
export type Sample = {
	/** Wall clock. */
	readonly seconds: number;
	/** User and system time of every process that was waited for. */
	readonly cpuSeconds: number;
	/** Peak resident bytes of the largest process; undefined where the system does not tell. */
	readonly peakBytes?: number;
	/** Sum of every process's own peak, an upper bound of what the tree ever held at once. */
	readonly treePeakBytes?: number;
};

/** What is moved in one run: the measure of throughput is bytes for large objects and objects for small ones. */
export type Amount = {readonly bytes?: number; readonly objects?: number; readonly unit: 'bytes' | 'objects'};

export type Role = 'sluice' | 'peer' | 'baseline';

export type Contender = {
	readonly name: string;
	readonly role: Role;
	/** A line for bash; the pipeline as a whole is measured. */
	readonly command: string;
	/** Added to the small environment that every contender gets. */
	readonly env?: Readonly<Record<string, string>>;
	/** Why this contender cannot run here. */
	readonly absent?: string;
	/** Makes the ground even before a run; not measured. */
	readonly prepare?: () => Promise<void>;
	/** Looks at what a run left behind and resolves to what is wrong with it; not measured. */
	readonly verify?: (outputFile: string) => Promise<string | undefined>;
	/** For contenders that take minutes: fewer rounds than the others. */
	readonly maxRounds?: number;
	/** Only where rows of one scenario move different amounts. */
	readonly amount?: Amount;
};

export type Metric = 'throughput' | 'cpu' | 'memory';

/** A bound on a row's median: a ratio to other rows, or bytes of memory when `against` is absent. */
export type Claim = {
	readonly metric: Metric;
	readonly atLeast?: number;
	readonly atMost?: number;
	/** Names of contenders; of several, the one with the highest throughput in this run counts. */
	readonly against?: readonly string[];
	/** The row that the claim is about: `sluice` unless told. */
	readonly subject?: string;
};

/** A scenario made ready: servers run, files lie there. */
export type Stage = {readonly amount: Amount; readonly contenders: readonly Contender[]; readonly dispose?: () => Promise<void>};

export type Scenario = {
	readonly name: string;
	readonly title: string;
	readonly claims: readonly Claim[];
	/** Runs only when asked for with `--long`. */
	readonly long?: boolean;
	readonly setup: (kit: Kit) => Promise<Stage>;
};

/** What the runner gives to scenarios. */
export type Kit = {
	/** A folder on a tmpfs where there is one. */
	readonly directory: string;
	/** Makes a size smaller for trials; 1 in real runs. */
	readonly scaled: (amount: number) => number;
	readonly tools: Tools;
};

export type Tool = {readonly name: string; readonly path?: string; readonly version?: string; readonly absent?: string};

export type Tools = Readonly<Record<'rclone' | 's5cmd' | 'aws' | 'sluice', Tool>>;

export type Row = {
	readonly name: string;
	readonly role: Role;
	readonly command: string;
	readonly samples: readonly Sample[];
	readonly amount: Amount;
	/** Why there is no number. */
	readonly absent?: string;
	readonly failed?: string;
};

export type Verdict = {readonly text: string; readonly outcome: 'reached' | 'missed' | 'not compared'; readonly detail: string};

export type Result = {
	readonly name: string;
	readonly title: string;
	readonly rows: readonly Row[];
	readonly verdicts: readonly Verdict[];
	/** Why the scenario could not be set up at all. */
	readonly notRun?: string;
};
