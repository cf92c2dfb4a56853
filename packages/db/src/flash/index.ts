/** Flashing: cards, images, stations, and arriving nodes. */
export {
  adoptNode,
  cardForArrival,
  type ExpectedCard,
  earlierKeys,
  expectsArrivals,
  recordArrival,
  recordCardTrouble,
  recordForgery,
  waitingCards,
} from './arrivals.ts'
export { type CardRecordView, listCardRecords } from './card-records.ts'
export { type Catalogue, type CatalogueEntry, readCatalogue, storeCatalogue } from './catalogue.ts'
export { type FlashToSeal, flashToSeal, refuseFlash, storeFlashKit } from './flash-kits.ts'
export {
  type CardToFlash,
  cardsToFlash,
  closeFlash,
  endCardRecord,
  keepCardKey,
  recordFlashPhase,
  recordFlashProgress,
} from './flash-work.ts'
export { type FlashView, getFlash, requestFlash } from './flashes.ts'
export { followFlash, followImages, followStations } from './follow-flash.ts'
export {
  claimImageCopy,
  endImageCopy,
  forgetImageCopy,
  type ImageWork,
  reconcileImageCopies,
  recordImageProgress,
  requeueImageCopies,
  stationUpload,
} from './image-copies.ts'
export {
  addImage,
  type ImageCopyView,
  type ImageView,
  listImages,
  pinImage,
  removeImage,
  requestImageCopy,
} from './images.ts'
export { answerStation } from './station-calls.ts'
export {
  checkStationToken,
  createStationCode,
  type JoinedStation,
  joinStation,
  removeStation,
  type StationBearer,
  StationCodeText,
} from './station-identity.ts'
export {
  announceStation,
  type CardView,
  dismissStation,
  listStations,
  type StationView,
  sweepStations,
} from './stations.ts'
