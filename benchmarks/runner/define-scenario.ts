import type {Scenario} from './types.ts';

/** Only gives a scenario its type. */
export const defineScenario = (scenario: Scenario): Scenario => scenario;
