import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withoutLiterals } from './statement.ts'

it.each([
  [
    "select * from users where mail = 'anna@example.com' and age > 30",
    'select * from users where mail = ? and age > ?',
  ],
  ["insert into t1 values (E'it\\'s', U&'x', $tag$se'cret$tag$, 1.5e3, $1)", 'insert into t1 values (?, ?, ?, ?, $1)'],
  ["select 'cut off in the mid", 'select ?'],
  ["select 'it''s', \"odd 'name\" from t2 -- anna", 'select ?, "odd \'name" from t2'],
  ['/* user 42 */ update a set b = $$x$$', 'update a set b = ?'],
])('%s', (query, shown) => expect(withoutLiterals(query)).toBe(shown))

it('shows no value, wherever the text was cut', () => {
  const value = fc.stringMatching(/^canary[a-z]{6}$/)
  fc.assert(
    fc.property(value, fc.nat({ max: 120 }), (secret, cut) => {
      const query = `update users set note = '${secret}', other = E'a\\'${secret}' where mail = $q$${secret}$q$ /* ${secret} */`
      expect(withoutLiterals(query.slice(0, Math.max(20, cut)))).not.toContain('canary')
    }),
  )
})
