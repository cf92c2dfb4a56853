/** Accounts, sessions, tokens, and the first set-up. */
export { readResetLink, redeemResetLink, resetAdmin } from './admin-reset.ts'
export { giveCodeBack, resetSecondFactor, spendCode } from './second-factor.ts'
export {
  addressesOf,
  endOtherSessions,
  endSession,
  listSessions,
  noteProof,
  noteSession,
  type SessionView,
} from './sessions.ts'
export { checkSetupLink, createSetupLink, redeemSetupLink } from './setup.ts'
export {
  checkToken,
  createToken,
  listTokens,
  revokeToken,
  revokeTokensOf,
  type TokenBearer,
  TokenLife,
  TokenName,
  type TokenView,
} from './tokens.ts'
export { forgetTries, returnTry, type TryLimit, takeTry } from './tries.ts'
export { changeAccount, hasAdmin, listUsers, removeUser, setUserRole, type UserRole, type UserView } from './users.ts'
