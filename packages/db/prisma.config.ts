import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Only `prisma migrate` reads it, while developing; the product reads DATABASE_URL itself.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/bramble' },
})
