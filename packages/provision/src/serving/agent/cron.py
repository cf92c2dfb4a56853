# Scheduled commands of apps. Each occurrence is claimed in etcd by one node that serves the app; the record there says who runs it
# and how the last ones ended. A node that died is known by its report, which is gone.
import calendar, glob

# Seconds without a majority after which this node stops what it runs: another one may take it for dead.
CUT_OFF = 40
KEPT_RUNS = 10
NOT_PROPERTIES = re.compile('(Restart|RestartSec|ExecStart|ExecStartPre|MemoryMax|RuntimeMaxSec|TimeoutStopSec|EnvironmentFile)=|Environment=PORT=')


def instant(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def seconds_of(text):
    return calendar.timegm(time.strptime(text[:19], '%Y-%m-%dT%H:%M:%S'))


def cron_unit(app, job):
    return 'bramble-app-%s-cron-%s.service' % (app, job)


def properties_of(record, memory, limit):
    """The sandbox of the app's processes, without what belongs to a process that stays."""
    app, memory = record['app'], record['memory'] or memory
    text = unit_text(record, record['slot'], 0, memory)
    lines = text[text.index('[Service]'):].splitlines()[1:]
    own = [line for line in lines if re.match('[A-Z][A-Za-z]+=', line) and not NOT_PROPERTIES.match(line)]
    # A transient unit takes no specifiers.
    own = [line.replace('%S', '/var/lib') for line in own]
    return own + ['EnvironmentFile=%s/%s/environments/%s' % (ROOT, app, record['environment']),
                  'MemoryMax=%dM' % memory, 'RuntimeMaxSec=%d' % limit, 'TimeoutStopSec=10',
                  'RemainAfterExit=yes']


class Cron:
    def __init__(self, etcd, node, memory, pool):
        self.etcd, self.node, self.memory, self.pool = etcd, node, memory, pool
        self.first, self.doing, self.mine, self.started = {}, {}, {}, set()
        self.heard = time.monotonic()

    def step(self, records, reports, ready):
        """`ready`: the apps that this node serves. `records` None: no majority answers."""
        if records is None:
            if time.monotonic() - self.heard > CUT_OFF:
                for key in list(self.mine):
                    self.begin(key, self.stop, key)
            return
        self.heard, now, wanted = time.monotonic(), time.time(), set()
        for app, known in records.items():
            serving = known.get('serving')
            jobs = {job['name']: job for job in (serving or {}).get('cron') or []}
            for name in set(jobs) | set(known.get('cron') or {}):
                key, last = (app, name), (known.get('cron') or {}).get(name)
                if last and last.get('state') == 'running' and last['node'] == self.node:
                    wanted.add(key)
                    over = name not in jobs or availability(known) == 'stopped'
                    self.begin(key, self.supervise, key, serving, jobs.get(name), last, over)
                elif name in jobs and app in ready and availability(known) != 'stopped':
                    self.consider(key, jobs[name], last, reports, now)
        for key in list(self.mine):
            if key not in wanted and key[0] not in records:
                self.begin(key, self.stop, key)

    def begin(self, key, work, *given):
        """One thing at a time for each job, beside everything else."""
        if key in self.doing and not self.doing[key].done():
            return
        self.doing[key] = self.pool.submit(self.carefully, work, *given)

    def carefully(self, work, *given):
        try:
            work(*given)
        except (Silent, OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
            print('cron: %s' % error, flush=True)

    def consider(self, key, job, last, reports, now):
        since = self.first.setdefault((key, job['schedule']), now // 60 * 60 + 60)
        if last and last.get('state') == 'running' and last['node'] in reports:
            return
        try:
            at = due(job['schedule'], now, since, seconds_of(last['at']) if last else None)
        except ValueError:
            return
        if at is not None:
            self.begin(key, self.claim, key, at, set(reports))

    def claim(self, key, at, alive):
        """Whoever writes the record first runs it."""
        last, revision = self.read(key)
        if last and (seconds_of(last['at']) >= at or (last['state'] == 'running' and last['node'] in alive)):
            return
        if last and last['state'] == 'running':
            last = dict(last, state='lost', ended=None, lines='%s stopped while it ran.' % last['node'])
        runs = ([self.summary(last)] + last.get('runs', []) if last else [])[:KEPT_RUNS]
        record = dict(at=instant(at), node=self.node, state='running', started=instant(time.time()), ended=None, code=None,
                      lines=None, runs=runs)
        self.mine[key] = record['at']
        self.write(key, record, revision)

    def summary(self, record):
        return {name: record.get(name) for name in ('at', 'node', 'state', 'started', 'ended', 'code', 'lines')}

    def path(self, key):
        return '%s%s/cron/%s' % (APPS, *key)

    def read(self, key):
        pairs = self.etcd.call('kv/range', dict(key=coded(self.path(key)))).get('kvs', [])
        if not pairs:
            return None, '0'
        try:
            return json.loads(plain(pairs[0]['value'])), pairs[0]['mod_revision']
        except ValueError:
            return None, pairs[0]['mod_revision']

    def write(self, key, record, revision):
        place = dict(key=coded(self.path(key)), target='MOD', result='EQUAL', mod_revision=revision)
        put = dict(request_put=dict(key=coded(self.path(key)), value=coded(json.dumps(record))))
        return self.etcd.call('kv/txn', dict(compare=[place], success=[put])).get('succeeded', False)

    def supervise(self, key, serving, job, last, over):
        """Starts what this node claimed, and writes how it ended. After a reboot nothing of it is left."""
        unit, told = cron_unit(*key), self.show(cron_unit(*key))
        run = (key, last['at'])
        if told.get('LoadState') == 'not-found' and self.mine.get(key) == last['at'] and run not in self.started and not over:
            self.started.add(run)
            return self.start(key, serving, job)
        self.mine[key] = last['at']
        is_gone = told.get('LoadState') == 'not-found' or not told.get('InvocationID')
        is_over = told.get('ActiveState') in ('failed', 'inactive') or told.get('SubState') == 'exited'
        if over and not is_gone and not is_over:
            return self.stop(key)
        if is_gone:
            how = dict(state='lost', code=None, lines='The node or its service stopped while it ran.')
        elif is_over:
            status = int(told.get('ExecMainStatus') or 0)
            code = status if told.get('ExecMainCode') == '1' else 128 + status
            state = 'timeout' if told.get('Result') == 'timeout' else 'succeeded' if code == 0 else 'failed'
            how = dict(state=state, code=code, lines=self.lines(cron_unit(*key), told['InvocationID']))
        else:
            return
        now, revision = self.read(key)
        if now and now['state'] == 'running' and now['node'] == self.node and now['at'] == last['at']:
            self.write(key, dict(now, ended=instant(time.time()), **how), revision)
        self.stop(key)
        self.started.discard(run)

    def start(self, key, serving, job):
        app, name = key
        folder = '%s/%s/commands' % (ROOT, app)
        group = pwd.getpwnam('app-' + app).pw_gid
        os.makedirs(folder, mode=0o750, exist_ok=True)
        os.chown(folder, 0, group)
        path = '%s/cron-%s.json' % (folder, name)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with os.fdopen(handle, 'w') as target:
            os.fchown(target.fileno(), 0, group)
            json.dump(dict(processes=dict(command=job['command'])), target)
        properties = ['--property=' + one for one in properties_of(serving, self.memory, job.get('timeout') or 3600)]
        print('cron: start %s/%s' % key, flush=True)
        program = [PROGRAMS + '/app-run', path, 'command']
        if serving['kind'] == 'image':
            environment = '%s/%s/environments/%s' % (ROOT, app, serving['environment'])
            program = [PROGRAMS + '/app-image', path, 'command', environment]
        subprocess.run(['systemd-run', '--quiet', '--no-block', '--unit=' + cron_unit(*key), *properties, '--', *program], check=True, stdin=subprocess.DEVNULL, timeout=60)

    def show(self, unit):
        names = 'LoadState,ActiveState,SubState,ExecMainCode,ExecMainStatus,Result,InvocationID'
        return dict(line.split('=', 1) for line in systemctl('show', unit, '-p', names).splitlines() if '=' in line)

    def lines(self, unit, invocation):
        # journald keeps a file for each stream until it has read it to its end; "--sync" writes only what was read.
        until = time.monotonic() + 10
        while time.monotonic() < until and any('UNIT=' + unit in stream for stream in self.streams()):
            time.sleep(0.05)
        subprocess.run(['journalctl', '--sync'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
        argv = ['journalctl', '--no-pager', '--quiet', '--output=cat', '--lines=15', '_SYSTEMD_INVOCATION_ID=' + invocation]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
        return done.stdout.decode('utf-8', 'replace').strip()[-1500:]

    def streams(self):
        for path in glob.glob('/run/systemd/journal/streams/*'):
            try:
                with open(path, encoding='utf-8', errors='replace') as handle:
                    yield handle.read().splitlines()
            except OSError:
                pass

    def stop(self, key):
        systemctl('stop', cron_unit(*key))
        systemctl('reset-failed', cron_unit(*key))
        self.mine.pop(key, None)
