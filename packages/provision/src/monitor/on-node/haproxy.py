import csv
import re


class Haproxy:
    """Its two services, each by its admin socket: its commands in one connection. Of a hundred columns only those that are read travel on."""

    WANTED = ('pxname svname type mode status weight act scur slim qcur stot req_tot bin bout hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx ereq '
              'dreq econ eresp wretr wredis rtime ctime qtime ttime check_status check_code check_duration lastchg').split()
    SOCKETS = dict(web='/admin.sock', postgres='/postgres.sock')
    DRAIN = 0x08
    # The table of response times: see response-times.ts. Only the configuration of the web has it, and only with apps.
    TIMES = 'response-times'

    def __init__(self, folder='/run/haproxy'):
        self.folder = folder

    def ask(self):
        until = Until(2)
        found, silent = {}, {}
        for service, socket in self.SOCKETS.items():
            try:
                found[service] = self.read(self.folder + socket, until)
            except Silent as error:
                silent[service] = str(error)
        if not found:
            raise Silent(silent['web'])
        # A balancer that an older Bramble made has one service for both.
        web, own = found.get('web'), found.get('postgres')
        if web and any(row[0].startswith('postgres-') for row in web['rows']):
            if own:
                web['rows'] = [row for row in web['rows'] if not row[0].startswith('postgres-')]
            silent.pop('postgres', None)
        first, *others = found.values()
        return dict(first, rows=first['rows'] + [row for other in others for row in other['rows']],
                    drained=first['drained'] + [name for other in others for name in other['drained']],
                    apps=first['apps'], times=first['times'], silent=silent)

    def read(self, path, until):
        link = unix(path, until.left())
        try:
            link.sendall(b'show info;show stat;show servers state;show table %s\n' % self.TIMES.encode())
            parts = []
            while True:
                link.settimeout(until.left())
                part = link.recv(65536)
                if not part:
                    break
                parts.append(part)
        except OSError as error:
            raise Silent(reason(error))
        finally:
            link.close()
        info, _, rest = b''.join(parts).decode('utf-8', 'replace').partition('\n# ')
        table, _, rest = rest.partition('\n# be_id ')
        asked, _, times = rest.partition('\n# table: ')
        known = dict(line.split(': ', 1) for line in info.splitlines() if ': ' in line)
        names, *rows = csv.reader(table.splitlines())
        columns = [(name, names.index(name)) for name in self.WANTED if name in names]
        # Left out: keepalived's check and the statistics page. Servers of apps are only counted: there are two for each node and app.
        rows = [row for row in rows if len(row) > len(self.WANTED) and row[0] not in ('alive', 'statistics', 'unknown-host', self.TIMES)]
        apps = self.apps(rows, names)
        rows = [row for row in rows if not row[0].startswith('app-') or row[names.index('type')] == '1']
        # The statistics call a drained server that fails its check just down.
        drained = ['%s/%s' % (row[1], row[3]) for row in map(str.split, asked.splitlines()[1:])
                   if len(row) > 6 and int(row[6]) & self.DRAIN and not row[1].startswith('app-')]
        return dict(version=known.get('Version', ''), uptime=int(known.get('Uptime_sec', 0)), columns=[name for name, _ in columns],
                    rows=[[row[at] for _, at in columns] for row in rows], drained=drained, apps=apps, times=self.times(times))

    def times(self, text):
        """By backend: requests in each class of response time."""
        found = {}
        for name, counts in re.findall(r'^0x[0-9a-f]+: key=(\S+) .*?(gpc0=.*)$', text, re.M):
            found[name] = [int(count) for _, count in re.findall(r'gpc(\d+)=(\d+)', counts)]
        return found

    def apps(self, rows, names):
        """By app: servers that are up, and those that should be and are down. Idle slots are in maintenance or drain."""
        found = {}
        kind, status = names.index('type'), names.index('status')
        for row in rows:
            if row[0].startswith('app-'):
                one = found.setdefault(row[0][len('app-'):], dict(up=0, down=0))
                if row[kind] == '2' and row[status].startswith(('UP', 'DOWN')):
                    one['up' if row[status].startswith('UP') else 'down'] += 1
        return found
