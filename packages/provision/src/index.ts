export { must, type RunOptions, type RunResult, run, type StartOptions, start } from './transports/local.ts'
