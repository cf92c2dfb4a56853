export * from './metrics.ts'
export * from './state.ts'
export * from './summary.ts'
export * from './timeline.ts'
