/** From an image and a card to a Pi that proves who it is. */
export { Arrival, findByHostKey, resolveMdns, verifyArrival } from './arrival/index.ts'
export { type Customised, customiseImage } from './customise/index.ts'
export { ejectCard, listCards, openCard, stationLacks, stationNetworks, watchCards } from './devices/index.ts'
export { flashPrograms } from './devices/lacks.ts'
export { type FlashEvent, type FlashInput, type FlashOutcome, type FlashPlan, flashCards } from './flash.ts'
export {
  cachedImages,
  cacheFull,
  imageCatalogue,
  inspectImage,
  prepareImage,
  removeImage,
  sweepImages,
} from './image/index.ts'
export type { ByteRange, CachedImage, OpenCard, Patch, VerifyResult, WriteResult } from './types.ts'
export { uuidOf } from './uuid.ts'
export { probeCapacity, verifyCard, writeCard } from './write/index.ts'
