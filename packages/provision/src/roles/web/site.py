#!/usr/bin/python3
"""Bramble's site: shows which Pi answers, and proves the path to the database by writing and reading visits.

GET /            the page; records a visit
GET /api/visits  the same as JSON; records a visit too
GET /health      200 while this process is alive; does not ask for the database
"""
import json
import os
import sys
import threading
import time
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

CONNECTIONS = 4
SHOWN, KEPT = 12, 1000
READ_ONLY = '25006'

TABLE = """
create table if not exists visits (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  node text not null
)"""


class Away(Exception):
    """The database cannot be used; the text says why."""

    def __init__(self, words, read_only=False):
        super().__init__(words)
        self.read_only = read_only


class Database:
    """A few connections to the primary. A broken one is thrown away, and a visit is tried once more on a new one."""

    def __init__(self, settings):
        self.settings = settings
        self.idle = []
        self.slots = threading.BoundedSemaphore(CONNECTIONS)
        self.lock = threading.Lock()
        self.ready = False

    def connect(self):
        link = psycopg2.connect(
            connect_timeout=2, application_name='bramble-site', options='-c statement_timeout=3000 -c lock_timeout=3000',
            keepalives_idle=5, keepalives_interval=2, keepalives_count=2, tcp_user_timeout=4000, **self.settings)
        link.autocommit = True
        return link

    @contextmanager
    def link(self, fresh):
        if not self.slots.acquire(timeout=3):
            raise Away('every connection to the database is busy')
        try:
            with self.lock:
                link = None if fresh or not self.idle else self.idle.pop()
            link = link or self.connect()
            try:
                yield link
            except Exception:
                link.close()
                raise
            with self.lock:
                self.idle.append(link)
        finally:
            self.slots.release()

    def visit(self, node):
        """Records a visit. Returns what the database says about itself and the last visits."""
        for fresh in (False, True):
            try:
                with self.link(fresh) as link, link.cursor() as cursor:
                    if not self.ready:
                        cursor.execute('select pg_advisory_lock(7214)')
                        try:
                            cursor.execute(TABLE)
                        finally:
                            cursor.execute('select pg_advisory_unlock(7214)')
                        self.ready = True
                    cursor.execute('insert into visits (node) values (%s) returning id', (node,))
                    number = cursor.fetchone()[0]
                    if number % 100 == 0:
                        cursor.execute('delete from visits where id <= %s', (number - KEPT,))
                    cursor.execute('select id, at, node from visits order by id desc limit %s', (SHOWN,))
                    rows = [dict(id=row[0], at=row[1].isoformat(timespec='seconds'), node=row[2]) for row in cursor]
                    cursor.execute("select current_setting('server_version'), coalesce(host(inet_server_addr()), '')")
                    version, server = cursor.fetchone()
                    return dict(version=version, server=server, number=number, visits=rows)
            except psycopg2.Error as error:
                if error.pgcode == READ_ONLY:
                    raise Away('it takes no writes at the moment', read_only=True)
                if error.pgcode == '42P01':
                    self.ready = False
                if fresh:
                    raise Away((str(error).strip().splitlines() or ['it does not answer'])[0])


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{node} · {cluster}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c1917; --soft: #57534e; --paper: #faf8f5; --card: #fff; --line: #e7e2da;
  --berry: #9f1239; --leaf: #15803d; --sun: #a16207 }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #f5f3f0; --soft: #b8b0a6; --paper: #171412; --card: #211d1a;
  --line: #38322d; --berry: #fb7185; --leaf: #4ade80; --sun: #facc15 }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }}
main {{ max-width: 44rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 4rem) 1.25rem }}
h1 {{ font-size: clamp(2.2rem, 8vw, 3.6rem); line-height: 1.05; letter-spacing: -.03em; margin: .2em 0 .35em }}
h1 b {{ color: var(--berry) }}
p {{ color: var(--soft); margin: 0 0 1.5rem }}
.mark {{ font-weight: 650; letter-spacing: .02em }}
.card {{ background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.1rem 1.25rem; margin: 0 0 1.25rem }}
.state {{ display: flex; gap: .7rem; align-items: baseline }}
.state i {{ flex: none; width: .7rem; height: .7rem; border-radius: 50%; background: var(--c); box-shadow: 0 0 0 4px color-mix(in srgb, var(--c) 22%, transparent) }}
.ok {{ --c: var(--leaf) }} .warn {{ --c: var(--sun) }} .bad {{ --c: var(--berry) }}
.path {{ display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; color: var(--soft); font-size: .92rem; margin-top: .7rem }}
.path code {{ background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: .1rem .5rem; color: var(--ink) }}
table {{ width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }}
th {{ text-align: left; font-weight: 550; color: var(--soft); font-size: .85rem; padding-bottom: .35rem }}
td {{ padding: .38rem 0; border-top: 1px solid var(--line) }}
td:first-child, th:first-child {{ width: 6rem }}
footer {{ color: var(--soft); font-size: .85rem }}
</style>
<main>
<div class="mark">{cluster}</div>
<h1>Hello from <b>{node}</b></h1>
<p>One of several small computers that answer on this address. Reload, and another may answer; unplug one, and the others do.</p>
{database}
<footer>Built by Bramble. The same in JSON: <a href="/api/visits">/api/visits</a></footer>
</main>
</html>
"""


def state(kind, words, rest=''):
    return '<section class="card"><div class="state %s"><i></i><strong>%s</strong></div>%s</section>' % (kind, words, rest)


def database_part(node, result, away):
    if away:
        if away.read_only:
            return state('warn', 'The database is read-only', '<p>The site runs; visits are not counted until a primary is elected.</p>')
        return state('bad', 'The database is away', '<p>The site runs without it. It said: %s</p>' % escape(str(away)))
    path = '<div class="path"><code>%s</code>→<code>port 5000</code>→<code>PostgreSQL %s on %s</code></div>' % (
        escape(node), escape(result['version'].split()[0]), escape(result['server']))
    rows = ''.join('<tr><td>%d</td><td>%s</td><td>%s</td></tr>' % (
        row['id'], escape(row['node']), escape(row['at'].replace('T', ' '))) for row in result['visits'])
    table = '<section class="card"><table><tr><th>Visit</th><th>Answered by</th><th>At</th></tr>%s</table></section>' % rows
    return state('ok', 'The database takes writes: this is visit %d' % result['number'], path) + table


class Site(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version = 'Bramble'
    sys_version = ''
    timeout = 30
    # Buffered: an answer leaves in one piece.
    wbufsize = -1
    settings = {}
    database = None

    def do_GET(self):
        path = self.path.split('?', 1)[0]
        if path == '/health':
            return self.answer(200, 'text/plain; charset=utf-8', 'alive\n')
        if path not in ('/', '/api/visits'):
            return self.answer(404, 'text/plain; charset=utf-8', 'There is nothing here.\n')
        started, result, away = time.monotonic(), None, None
        try:
            result = self.database.visit(self.settings['node'])
        except Away as error:
            away = error
        if path == '/':
            node, cluster = self.settings['node'], self.settings['cluster']
            page = PAGE.format(node=escape(node), cluster=escape(cluster), database=database_part(node, result, away))
            return self.answer(200, 'text/html; charset=utf-8', page)
        told = dict(node=self.settings['node'], cluster=self.settings['cluster'],
                    database='writable' if result else 'read-only' if away.read_only else 'away',
                    milliseconds=round((time.monotonic() - started) * 1000, 1))
        told.update(result or dict(error=str(away), visits=[]))
        self.answer(200 if result else 503, 'application/json', json.dumps(told) + '\n')

    do_HEAD = do_GET

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Cache-Control', 'no-store')
        self.send_header('X-Content-Type-Options', 'nosniff')
        self.send_header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        self.send_header('X-Served-By', self.settings['node'])
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def log_message(self, *_):
        """HAProxy keeps the log of requests."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def main():
    with open(os.path.join(os.environ['CREDENTIALS_DIRECTORY'], 'settings')) as handle:
        settings = json.load(handle)
    Site.settings = settings
    Site.database = Database(settings['database'])
    print('%s answers on port 8000' % settings['node'], flush=True)
    Server(('0.0.0.0', 8000), Site).serve_forever()


if __name__ == '__main__':
    sys.exit(main())
