/** Git repositories as the source of an app. */
export { makeSshKey } from '../../secrets/ssh-key.ts'
export { type GitAccess, gitUrl } from './access.ts'
export { type CheckoutInput, type GitCheckout, withCheckout } from './checkout.ts'
export { gitHostKey, hostKeyFingerprint } from './host-keys.ts'
export { type BranchTip, remoteTip } from './remote.ts'
