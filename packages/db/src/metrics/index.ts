/** Monitoring: samples, series, partitions, timeline, and who watches a cluster. */
export { type Figure, type Look, readFigures } from './figures.ts'
export { keepPartitions } from './partitions.ts'
export { rollUp } from './roll-up.ts'
export { readSeries, type Series, type SeriesAnswer, type SeriesAsked } from './series.ts'
export { listSubjects } from './subjects.ts'
export { recordTick, type Tick } from './ticks.ts'
export { listTimeline, recordEvents } from './timeline.ts'
export {
  claimWatch,
  eldestWatched,
  followWatch,
  listWatchable,
  readWatch,
  releaseWatch,
  type WatchableCluster,
} from './watch.ts'
