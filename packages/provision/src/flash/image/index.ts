/** The image cache of a station: where images come from, how they are unpacked once, and what is in them. */

export { cachedImages, removeImage, sweepImages } from './cache.ts'
export { imageCatalogue } from './catalogue.ts'
export { inspectImage } from './inspect.ts'
export { prepareImage } from './prepare.ts'
export { cacheFull } from './space.ts'
