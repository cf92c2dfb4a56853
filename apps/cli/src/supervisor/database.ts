/** The queries that the command line needs. To be imported dynamically: the Prisma client exists only once it is generated. */
export { disconnect } from '@bramble/db'
export { createSetupLink, hasAdmin, resetAdmin } from '@bramble/db/people'
export { checkSecretsKey, isSecretsKey, rotateSecretsKey } from '@bramble/db/secrets'
