import { expect, test } from 'vitest'
import { commitLink, GitBranch, GitFolder, looksLikeGitUrl, parseGitUrl } from './git.ts'

const commit = 'c0ffee'.padEnd(40, '0')

test.each([
  ['https://git.example.org/team/shop.git', { protocol: 'https', user: null, host: 'git.example.org', port: 443 }],
  ['https://git.example.org:8443/shop', { protocol: 'https', user: null, host: 'git.example.org', port: 8443 }],
  ['ssh://git@git.example.org/team/shop.git', { protocol: 'ssh', user: 'git', host: 'git.example.org', port: 22 }],
  ['ssh://git.example.org:2222/shop.git', { protocol: 'ssh', user: null, host: 'git.example.org', port: 2222 }],
  ['ssh://git@[2001:db8::7]:2222/shop.git', { protocol: 'ssh', user: 'git', host: '[2001:db8::7]', port: 2222 }],
  ['git@git.example.org:team/shop.git', { protocol: 'ssh', user: 'git', host: 'git.example.org', port: 22 }],
  ['git@192.168.1.5:/srv/git/shop.git', { protocol: 'ssh', user: 'git', host: '192.168.1.5', port: 22 }],
  ['nas:shop.git', { protocol: 'ssh', user: null, host: 'nas', port: 22 }],
])('%s is fetched', (url, parsed) => {
  expect(parseGitUrl(url)).toEqual({ ...parsed, url })
})

test.each([
  ['-oProxyCommand=reboot', /hyphen/],
  ['--upload-pack=reboot', /hyphen/],
  ['ssh://-oProxyCommand=reboot/shop', /must name a host/],
  ['ssh://git@-oProxyCommand=reboot/shop', /must name a host/],
  ['-oProxyCommand=reboot:shop', /hyphen/],
  ['git@-oProxyCommand=reboot:shop', /must look like/],
  ['ssh://git@host/--upload-pack=reboot', /path of a repository/],
  ['git@host:-shop', /must look like/],
  ['ext::sh -c reboot', /line breaks/],
  ['ext::reboot', /transport helper/],
  ['fd::7', /transport helper/],
  ['file:///etc', /file URLs are not fetched/],
  ['http://git.example.org/shop.git', /not encrypted/],
  ['git://git.example.org/shop.git', /not encrypted/],
  ['ftp://git.example.org/shop.git', /ftp is not used/],
  ['https://ada:secret@git.example.org/shop.git', /field of its own/],
  ['https://token@git.example.org/shop.git', /field of its own/],
  ['ssh://git:secret@git.example.org/shop.git', /field of its own/],
  ['https://git.example.org/shop.git\nhttps://other', /line breaks/],
  ['https://git.example.org/\u0000shop', /line breaks/],
  ['https://git.example.org/shop?x=1', /\?/],
  ['https://git.example.org', /path of a repository/],
  ["git@host:$(reboot)';shop", /must look like/],
  ['git@host:../../etc', /must look like/],
  ['/srv/git/shop.git', /must look like/],
  ['shop', /must look like/],
  ['', /must look like/],
  [`https://git.example.org/${'a'.repeat(500)}`, /500 characters/],
])('%j is refused', (url, words) => {
  const parsed = parseGitUrl(url)
  expect('problem' in parsed ? parsed.problem : parsed).toMatch(words)
})

test('a path of this machine is no URL', () => {
  expect(['shop', './shop', '/srv/shop', 'shop.tar.gz', 'C:\\shop'].filter(looksLikeGitUrl)).toEqual([])
  const urls = ['git@host:shop', 'ssh://host/shop', 'https://host/shop', 'file:///etc', 'ext::reboot']
  expect(urls.filter(looksLikeGitUrl)).toEqual(urls)
})

test('branches are what git accepts', () => {
  const good = ['main', 'release/2', 'feature/ümlaut', 'v1.2', 'a@b']
  expect(good.filter((name) => GitBranch.safeParse(name).success)).toEqual(good)
  const bad = [
    '-b',
    '--upload-pack=x',
    '',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a.lock',
    '/a',
    'a/',
    'a//b',
    '@{1}',
    'a\nb',
  ]
  expect(bad.filter((name) => GitBranch.safeParse(name).success)).toEqual([])
})

test('folders stay inside the repository', () => {
  expect(GitFolder.parse('apps/web/')).toBe('apps/web')
  const bad = ['', '.', '..', 'a/../b', '/etc', 'a//b', '.git', 'a/.GIT/hooks', 'a\nb', 'a\\b']
  expect(bad.filter((folder) => GitFolder.safeParse(folder).success)).toEqual([])
})

test.each([
  ['https://git.example.org:8443/team/shop.git', `https://git.example.org:8443/team/shop/commit/${commit}`],
  ['git@github.com:team/shop.git', `https://github.com/team/shop/commit/${commit}`],
  ['ssh://git@gitlab.com/team/shop', `https://gitlab.com/team/shop/-/commit/${commit}`],
  ['git@nas:shop.git', null],
])('the commit of %s has the page %s', (url, page) => {
  expect(commitLink({ url, commit })).toBe(page)
})
