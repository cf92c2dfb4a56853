/** Before every page: Host and Origin are looked at, and the answer gets a Content-Security-Policy with its own nonce. */
import { type NextRequest, NextResponse } from 'next/server'
import { bearerOf } from './http/bearer-header.ts'
import { home } from './http/home.ts'
import { hookSignature } from './http/hook-signature.ts'
import { refusal } from './http/origin.ts'

const development = process.env.NODE_ENV === 'development'

export function proxy(request: NextRequest) {
  const problem = refusal(
    {
      host: request.headers.get('host'),
      origin: request.headers.get('origin'),
      mutating: !['GET', 'HEAD', 'OPTIONS'].includes(request.method),
      // Only route handlers look at it, and they then look at no cookie.
      bearer:
        (bearerOf(request.headers) !== null && request.nextUrl.pathname.startsWith('/api/')) ||
        (hookSignature(request.headers) !== null && request.nextUrl.pathname.startsWith('/api/hooks/')),
    },
    home(),
  )
  if (problem) return new NextResponse(`${problem}\n`, { status: 403, headers: { 'content-type': 'text/plain' } })

  const nonce = Buffer.from(crypto.randomUUID()).toString('base64')
  const policy = contentPolicy(nonce)
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  // A browser that came in by https once does not try http again.
  if (process.env.BRAMBLE_URL?.startsWith('https:'))
    response.headers.set('strict-transport-security', 'max-age=31536000')
  return response
}

function contentPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    // Positioned menus and charts write style attributes; no style can run code.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

// Uploads pass by: Next would keep their bodies in memory for this file. The routes look at Host and Origin themselves.
export const config = {
  matcher: [{ source: '/((?!_next/static/|api/images/upload|api/clusters/[^/]+/uploads/).*)' }],
}
