/** Retention of old rows. */
export { changeRetention, readRetention, type Swept, sweepRetention } from './retention.ts'
