import {SluiceError} from '../index.ts';

/** The command was called in a way that makes no sense: exit code 2. */
export const usageError = (message: string): SluiceError => new SluiceError('INVALID_ARGUMENT', message);
