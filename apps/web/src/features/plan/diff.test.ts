import { expect, test } from 'vitest'
import { diffRows, diffSize } from './diff.ts'

const diff = `--- a/etc/haproxy/haproxy.cfg
+++ b/etc/haproxy/haproxy.cfg
@@ -3,4 +3,5 @@ global
 defaults
-  timeout client 10s
+  timeout client 30s
+--- not a header
 frontend http
\\ No newline at end of file
`

test('numbers both sides and keeps lines that look like headers inside a hunk', () => {
  expect(diffRows(diff)).toEqual([
    { kind: 'hunk', text: 'global', before: null, after: null },
    { kind: 'context', text: 'defaults', before: 3, after: 3 },
    { kind: 'removed', text: '  timeout client 10s', before: 4, after: null },
    { kind: 'added', text: '  timeout client 30s', before: null, after: 4 },
    { kind: 'added', text: '--- not a header', before: null, after: 5 },
    { kind: 'context', text: 'frontend http', before: 5, after: 6 },
  ])
  expect(diffSize(diff)).toEqual({ added: 2, removed: 1 })
})

test('a diff without a hunk head is numbered from one', () => {
  expect(diffRows('+a\n+b\n').map((row) => row.after)).toEqual([1, 2])
})
