/** The pieces of a drill, for who puts them together otherwise: chaos on the lab. */
export { beginFault, type Fault, undoFault } from './fault.ts'
export { type Health, lacks, takeHealth } from './health.ts'
