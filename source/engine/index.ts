export {copyMany, type Prefix} from './copy-many.ts';
export {copyObject} from './copy-object.ts';
export type {CopyEvent, CopyManyOptions, CopyOptions, CopyResult, CopySummary, Location, Strategy, Verification} from './types.ts';
