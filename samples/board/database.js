import { Pool } from 'pg'

if (!process.env.DATABASE_URL) {
  console.error('DATABASE_URL is not set. Give the app a database: set "database: true" and deploy it again.')
  process.exit(1)
}

/** Connections that the load balancer cut, as in a failover, are replaced by new ones. */
export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, connectionTimeoutMillis: 5_000 })
pool.on('error', (error) => console.error(`A database connection ended: ${error.message}`))
