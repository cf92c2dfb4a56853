/** Runs once when the server starts: with a missing or weak secret it does not start at all. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const [{ readEnvironment }, { correctPeers }, { guardServers }] = await Promise.all([
    import('./http/env.ts'),
    import('./http/peer.ts'),
    import('./http/server-guard.ts'),
  ])
  correctPeers()
  try {
    guardServers(readEnvironment(process.env).BETTER_AUTH_SECRET)
  } catch (error) {
    console.error(`Bramble's dashboard does not start.\n${error instanceof Error ? error.message : error}`)
    process.exit(78)
  }
}
