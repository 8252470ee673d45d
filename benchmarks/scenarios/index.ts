import type {Scenario} from '../runner/types.ts';
import {copyLarge, copyLargeTls} from './copy.ts';
import {copySmall} from './copy-small.ts';
import {download} from './download.ts';
import {list} from './list.ts';
import {memory} from './memory.ts';
import {stdin} from './stdin.ts';
import {upload} from './upload.ts';
import {uploadSmall} from './upload-small.ts';

/** In the order in which they run and are written. */
export const scenarios: readonly Scenario[] = [copyLarge, copyLargeTls, stdin, upload, download, uploadSmall, copySmall, list, memory];
