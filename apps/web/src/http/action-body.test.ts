import { expect, test } from 'vitest'
import { isActionBody } from './action-body.ts'

const id = '60'.padEnd(42, 'a')
const text = (body: string, action: string | null = id) =>
  isActionBody({ id: action, type: 'text/plain;charset=UTF-8', body: Buffer.from(body) })

async function multipart(fields: [string, string | Blob][], action: string | null = id) {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  return isActionBody({ id: action, type, body: new Uint8Array(await encoded.arrayBuffer()) })
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test.each([
  '[]',
  '[null,null]',
  '["a","$$b",{"x":["$undefined",1,true,"$D2026-01-01T00:00:00.000Z","$n12"]}]',
  nested(30),
])('can be decoded: %s', async (body) => expect(await text(body)).toBe(true))

test.each([
  ['no JSON', '{{{'],
  ['nothing', ''],
  ['no list', '{"a":1}'],
  ['a form that is not there', '[null,"$K1"]'],
  ['a row that is not there', '["$1"]'],
  ['a reference of another kind', '["$Q1","$T","$F1","$h1"]'],
  ['too deep', nested(5_000)],
  ['too many', `[${Array(200).fill(1).join()}]`],
])('cannot be decoded: %s', async (_, body) => expect(await text(body)).toBe(false))

test('a form may have fields or none, a row is there once, a file is where a file is meant', async () => {
  expect(await multipart([['0', '[null,"$K1"]']])).toBe(true)
  const fields: [string, string][] = [
    ['_1_email', 'a@b.test'],
    ['_1_password', 'x'],
  ]
  expect(await multipart([...fields, ['0', '[{"ok":false,"message":"no"},"$K1"]']])).toBe(true)
  expect(
    await multipart([
      ['1', '{"a":[1]}'],
      ['0', '["$1"]'],
    ]),
  ).toBe(true)
  expect(
    await multipart([
      ['1', new Blob(['x'])],
      ['0', '["$B1"]'],
    ]),
  ).toBe(true)
  for (const wrong of [
    fields,
    [
      ['0', '[null,"$K1"]'],
      ['0', '[]'],
    ],
    [
      ['0', '[]'],
      ['00', '[]'],
    ],
    [['0', new Blob(['[]'])]],
    [
      ['0', '["$1"]'],
      ['1', '{{{'],
    ],
    [
      ['0', '["$1"]'],
      ['1', '["$1"]'],
    ],
    [
      ['0', '["$1"]'],
      ['1', new Blob(['1'])],
    ],
    [
      ['0', '["$B1"]'],
      ['1', 'text'],
    ],
    [['0', '["$0"]']],
  ] as [string, string | Blob][][])
    expect([wrong, await multipart(wrong)]).toEqual([wrong, false])
})

test('an action has an id of 42 characters', async () => {
  for (const wrong of ['', 'x', 'a'.repeat(41), 'G'.repeat(42), '__proto__'])
    expect(await text('[]', wrong)).toBe(false)
  expect(await text('[]', null)).toBe(false)
})

test('multipart that is none', async () => {
  const as = (type: string, body = 'x') => isActionBody({ id, type, body: Buffer.from(body) })
  expect(await as('multipart/form-data')).toBe(false)
  expect(await as('multipart/form-data; boundary=x')).toBe(false)
  const encoded =
    '--x\r\nContent-Disposition: form-data; name="0"\r\nContent-Transfer-Encoding: base64\r\n\r\nW10=\r\n--x--\r\n'
  expect(await as('multipart/form-data; boundary=x', encoded)).toBe(false)
})

test('a form of a browser without script names its action', async () => {
  const bound: [string, string][] = [
    ['$ACTION_REF_1', ''],
    ['$ACTION_1:0', JSON.stringify({ id, bound: '$@1' })],
    ['$ACTION_1:1', '[null]'],
    ['$ACTION_KEY', 'k'],
    ['email', 'a@b.test'],
  ]
  expect(await multipart(bound, null)).toBe(true)
  expect(
    await multipart(
      [
        [`$ACTION_ID_${id}`, ''],
        ['name', 'x'],
      ],
      null,
    ),
  ).toBe(true)
  for (const wrong of [
    [['email', 'a@b.test']],
    bound.filter(([name]) => name !== '$ACTION_1:0'),
    bound.filter(([name]) => name !== '$ACTION_1:1'),
    bound.map(([name, value]) => [name, name === '$ACTION_1:1' ? '{{{' : value]),
    [['$ACTION_ID_x', '']],
  ] as [string, string][][])
    expect([wrong, await multipart(wrong, null)]).toEqual([wrong, false])
})
