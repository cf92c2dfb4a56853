# etcd's records of apps, over its JSON gateway with the node's certificate. All reads go through a majority.
import base64, http.client, json, re, ssl, threading, time
from contextlib import closing

CA, CERT, KEY = '/etc/bramble/ca.crt', '/etc/bramble/node.crt', '/etc/bramble/node.key'
APPS, NODES, REMOVED = 'bramble/apps/', 'bramble/app-nodes/', 'bramble/app-removed/'
# All begin with it, and nothing else does.
FIRST, END = 'bramble/app', 'bramble/apq'


class Silent(Exception):
    """No majority answers."""


def coded(text):
    return base64.b64encode(text.encode()).decode()


def plain(text):
    return base64.b64decode(text).decode('utf-8', 'replace')


class Etcd:
    def __init__(self, endpoints, port=2379):
        self.endpoints, self.port, self.last = list(endpoints), port, 0

    def open(self, endpoint, path, body, timeout):
        # Read anew each time: certificates are replaced while this runs.
        context = ssl.create_default_context(cafile=CA)
        context.load_cert_chain(CERT, KEY)
        link = http.client.HTTPSConnection(endpoint, self.port, timeout=timeout, context=context)
        try:
            link.request('POST', '/v3/' + path, json.dumps(body), {'Content-Type': 'application/json'})
            answer = link.getresponse()
            if answer.status != 200:
                raise OSError('%s answers %d: %s' % (endpoint, answer.status, answer.read(300).decode('utf-8', 'replace')))
            return link, answer
        except (OSError, http.client.HTTPException):
            link.close()
            raise

    def call(self, path, body, timeout=4):
        """From the member that answered last, else from the others."""
        words = []
        for offset in range(len(self.endpoints)):
            at = (self.last + offset) % len(self.endpoints)
            try:
                link, answer = self.open(self.endpoints[at], path, body, timeout)
                with closing(link):
                    told = json.loads(answer.read())
                self.last = at
                return told
            except (OSError, ValueError, http.client.HTTPException) as error:
                words.append('%s: %s' % (self.endpoints[at], error))
        raise Silent('; '.join(words))

    def read(self):
        """Key to JSON value, of everything about apps; None for a value that is no JSON, such as a claim's."""
        found = {}
        for pair in self.call('kv/range', dict(key=coded(FIRST), range_end=coded(END))).get('kvs', []):
            key = plain(pair['key'])
            try:
                found[key] = json.loads(plain(pair.get('value', '')) or 'null')
            except ValueError:
                found[key] = None
        return found

    def watch(self, changed):
        """Calls `changed` at every change, and when a new watch begins: something may have been missed."""
        at = 0
        while True:
            try:
                asked = dict(create_request=dict(key=coded(FIRST), range_end=coded(END)))
                link, answer = self.open(self.endpoints[at % len(self.endpoints)], 'watch', asked, 90)
                with closing(link):
                    while answer.readline():
                        changed()
            except (OSError, ValueError, http.client.HTTPException):
                at += 1
            time.sleep(1)

    def report(self, node, text, lease, changed):
        """Writes what the node says under the lease, or under a new one if that is gone; returns the lease."""
        if lease and int(self.call('lease/keepalive', dict(ID=lease)).get('result', {}).get('TTL', 0)) <= 0:
            lease = None
        if lease is None:
            lease, changed = self.call('lease/grant', dict(TTL=60))['ID'], True
        if changed:
            self.call('kv/put', dict(key=coded(NODES + node), value=coded(text), lease=lease))
        return lease


    def restore(self, record):
        """Writes again what served, unless something serves or the app was removed meanwhile."""
        absent = [dict(key=coded(key), target='CREATE', result='EQUAL', create_revision='0')
                  for key in (APPS + record['app'] + '/serving', REMOVED + record['app'])]
        write = dict(request_put=dict(key=coded(APPS + record['app'] + '/serving'), value=coded(json.dumps(record))))
        return bool(self.call('kv/txn', dict(compare=absent, success=[write])).get('succeeded'))


def sound(record):
    """Its words become paths and names of units."""
    digests = all(re.fullmatch('[0-9a-f]{64}', str(record.get(key))) for key in ('release', 'environment'))
    processes = all(re.fullmatch('[a-z]([a-z0-9_-]{0,14}[a-z0-9])?', name) for name in record.get('processes', {}))
    jobs = all(re.fullmatch('[a-z]([a-z0-9_-]{0,14}[a-z0-9])?', job['name']) for job in record.get('cron') or [])
    return digests and processes and jobs and record.get('slot') in ('a', 'b') and 1024 <= record.get('port', 0) < 65535


def parts(found):
    """Records by app, and reports by node."""
    records, reports = {}, {}
    for key, value in found.items():
        if key.startswith(NODES) and isinstance(value, dict):
            reports[key[len(NODES):]] = value
        if key.startswith(REMOVED):
            records.setdefault(key[len(REMOVED):], {})['removed'] = True
        if not key.startswith(APPS):
            continue
        app, _, what = key[len(APPS):].partition('/')
        known = records.setdefault(app, {})
        if what in ('serving', 'next') and isinstance(value, dict) and sound(value):
            known[what] = value
        elif what == 'availability' and isinstance(value, dict):
            known[what] = value
        elif what.startswith('cron/') and isinstance(value, dict) and value.get('node') and value.get('at'):
            known.setdefault('cron', {})[what[len('cron/'):]] = value
        elif what == 'claim':
            known['claimed'] = True
    return records, reports


class Reader(threading.Thread):
    """Keeps what etcd says at hand, so that a majority that is slow to answer holds up nothing else."""

    def __init__(self, etcd, changed, every=5, believed=20):
        super().__init__(daemon=True)
        self.etcd, self.changed, self.every, self.believed = etcd, changed, every, believed
        self.found, self.at, self.due = None, 0, threading.Event()

    def run(self):
        threading.Thread(target=self.etcd.watch, args=(self.due.set,), daemon=True).start()
        while True:
            self.due.clear()
            try:
                began = time.monotonic()
                found = parts(self.etcd.read())
                new = self.at == 0 or found != self.found
                self.found, self.at = found, began
                if new:
                    self.changed()
            except (Silent, KeyError, ValueError, AttributeError):
                pass
            self.due.wait(self.every)

    def now(self):
        """(records, reports); records None: no majority answered for a while."""
        if self.found is None or time.monotonic() - self.at > self.believed:
            return None, {}
        return self.found
