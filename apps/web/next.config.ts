import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NextConfig } from 'next'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** The Content-Security-Policy carries a nonce of its own for each answer: src/proxy.ts sets it. */
const headers = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
]

const config: NextConfig = {
  transpilePackages: ['@bramble/db', '@bramble/cluster'],
  serverExternalPackages: ['pg', 'bullmq', 'ioredis', '@prisma/client', '@prisma/adapter-pg'],
  outputFileTracingRoot: root,
  turbopack: { root },
  typescript: { ignoreBuildErrors: true },
  // A larger body is refused before Next sees it: src/http/server-guard.ts.
  experimental: { authInterrupts: true, proxyClientMaxBodySize: '1mb' },
  poweredByHeader: false,
  devIndicators: false,
  headers: async () => [{ source: '/(.*)', headers }],
}

export default config
