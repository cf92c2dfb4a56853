import { createServer } from 'node:http'
import { pool } from './database.js'
import { page } from './page.js'

const mostBytes = 4_096

async function textOf(request) {
  let body = ''
  for await (const chunk of request) {
    body += chunk
    if (body.length > mostBytes) return null
  }
  return new URLSearchParams(body).get('text')?.trim() ?? null
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://board')
  if (pathname === '/health') {
    await pool.query('SELECT 1')
    return response.end('ok\n')
  }
  if (pathname !== '/') return response.writeHead(404, { 'content-type': 'text/plain' }).end('Page not found\n')
  if (request.method === 'POST') {
    const text = await textOf(request)
    if (!text || text.length > 200)
      return response.writeHead(400, { 'content-type': 'text/plain' }).end('A card has 1 to 200 characters.\n')
    await pool.query('INSERT INTO cards (text) VALUES ($1)', [text])
    return response.writeHead(303, { location: '/' }).end()
  }
  const { rows } = await pool.query('SELECT text, created_at FROM cards ORDER BY id DESC LIMIT 100')
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page(rows))
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error)
    if (response.headersSent) return response.destroy()
    response
      .writeHead(503, { 'content-type': 'text/plain' })
      .end('The database cannot be reached. Try again in a moment.\n')
  })
})
server.listen(Number(process.env.PORT))

// Requests that are under way are answered before the process ends.
process.on('SIGTERM', () => server.close(() => pool.end().then(() => process.exit(0))))
