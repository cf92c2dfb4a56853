import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalDomain, overlaps } from './domains.ts'

describe('a domain', () => {
  it.each([
    ['Blog.Example.ORG', 'blog.example.org'],
    ['blog.example.org.', 'blog.example.org'],
    ['WWW.example.org', 'www.example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example.', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['faß.example', 'xn--fa-hia.example'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['*.Example.org', '*.example.org'],
    ['shelf.local', 'shelf.local'],
    ['blog', 'blog'],
    ['192.168.1.100', '192.168.1.100'],
  ])('%s is %s', (text, domain) => expect(normalDomain(text)).toEqual({ domain }))

  it.each([
    ['blog.example.org:8080', /port/],
    ['https://blog.example.org', /without https/],
    ['blog.example.org/page', /path/],
    ['', /domain such as/],
    ['.', /domain such as/],
    ['*', /wildcard/],
    ['a.*.example', /wildcard/],
    ['*.*.example', /wildcard/],
    ['blog..example', /between two dots/],
    ['.example.org', /between two dots/],
    ['-blog.example', /hyphens/],
    ['my_blog.example', /hyphens/],
    [`${'a'.repeat(64)}.example`, /63 at most|domain such as/],
    ['user@blog.example', /domain such as/],
    ['blog example', /domain such as/],
    ['blog.exa\nmple', /domain such as/],
    ['blog%2eexample', /domain such as/],
    ['1', /domain such as/],
    ['0x7f.1', /domain such as/],
    ['192.168.1.300', /domain such as/],
    ['*.192.168.1.100', /domain such as/],
    ['[::1]', /domain such as/],
    ['localhost', /localhost/],
    ['app.localhost', /localhost/],
    ['xn--a', /domain such as|between two dots/],
  ])('%s is refused', (text, problem) => {
    const normal = normalDomain(text)
    expect('problem' in normal && normal.problem).toMatch(problem)
  })

  it('has one form only, whatever it was written as', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
        const normal = normalDomain(text)
        if (!('domain' in normal)) return
        expect(normal.domain).toMatch(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/)
        expect(normalDomain(normal.domain)).toEqual(normal)
        expect(normalDomain(`${normal.domain}.`)).toEqual(normal.domain.match(/^[\d.]+$/) ? expect.anything() : normal)
      }),
    )
  })
})

it.each([
  ['a.example', 'a.example', true],
  ['*.example', 'a.example', true],
  ['a.example', '*.example', true],
  ['*.example', 'example', false],
  ['*.example', 'a.b.example', false],
  ['*.example', '*.b.example', false],
  ['*.b.example', 'a.example', false],
])('%s and %s overlap: %s', (a, b, expected) => expect(overlaps(a, b)).toBe(expected))
