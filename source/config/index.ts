export {chooseEntry} from './choose-entry.ts';
export {type Config, defineConfig, type EntryConfig, env, type Secret} from './config.ts';
export {configError} from './config-error.ts';
export {type LoadedConfig, loadConfig} from './load-config.ts';
export {resolveEntry} from './resolve-entry.ts';
