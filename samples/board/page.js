const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text) => text.replace(/[&<>"']/g, (character) => entities[character])

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1c1a24, #f2effa); --paper: light-dark(#faf8ff, #15131c);
  --card: light-dark(#fff, #211e2b); --berry: light-dark(#8b1e5c, #f08cc0) }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.05rem/1.5 system-ui, sans-serif }
main { max-width: 56rem; margin: 0 auto; padding: 2.5rem 1.25rem }
h1 { margin: 0 0 .25rem; font-size: clamp(1.8rem, 6vw, 2.8rem); letter-spacing: -.02em }
form { display: flex; gap: .5rem; margin: 1.5rem 0 }
input { flex: 1; min-width: 0; padding: .6rem .8rem; border: 1px solid color-mix(in srgb, var(--ink) 25%, transparent);
  border-radius: .6rem; background: var(--card); color: inherit; font: inherit }
button { padding: .6rem 1.1rem; border: 0; border-radius: .6rem; background: var(--berry); color: var(--paper); font: inherit; font-weight: 600 }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .8rem; padding: 0; list-style: none }
li { padding: 1rem; border-radius: .8rem; background: var(--card); box-shadow: 0 1px 4px rgb(0 0 0 / .12); overflow-wrap: anywhere }
time, p { color: color-mix(in srgb, var(--ink) 65%, transparent) } time { display: block; font-size: .85rem }`

export function page(cards) {
  const items = cards.map(
    ({ text, created_at: at }) =>
      `<li>${escapeHtml(text)}<time datetime="${at.toISOString()}">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</time></li>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Board</title><style>${style}</style></head>
<body><main><h1>Board</h1><p>Every node shows the same cards: they are in the database.</p>
<form method="post" action="/"><input name="text" aria-label="New card" maxlength="200" required autofocus placeholder="Write a card"><button type="submit">Add card</button></form>
<ul>${items.join('')}</ul></main></body></html>`
}
