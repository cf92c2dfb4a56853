/** Secrets: sealing, the key and its rotation, revealing one. */
export { isSecretsKey, rotateSecretsKey } from './key-rotation.ts'
export { answerReveal, revealPassphrase, sweepReveals } from './reveals.ts'
export { type KeyPair, keyIdOf, keyPairOf, makeKeyPair, openWith, sealFor } from './sealed-box.ts'
export { checkSecretsKey } from './sealing.ts'
export {
  clusterWifi,
  forgetLogins,
  issuedSecrets,
  issueFor,
  keptWifi,
  type NodeLogin,
  nodeLogins,
  storeIssuedSecrets,
} from './secrets.ts'
