class Apps:
    """
    Processes of apps: the memory they use, and how often systemd started them again. systemd is asked only when processes came
    or went, or each half minute; its journal only about what was started again.
    """

    SLICE = '/sys/fs/cgroup/bramble.slice/bramble-apps.slice'
    UNIT = re.compile(r'bramble-app-([a-z][a-z0-9-]*)-([ab])@([a-z][a-z0-9_-]*)\.service$')

    def __init__(self, folder=SLICE):
        self.folder = folder
        self.seen, self.states, self.killed, self.at, self.clock = None, {}, {}, 0, 0

    def ask(self):
        present = self.present()
        now = time.monotonic()
        settling = any(active not in ('active', 'inactive', 'failed') for active, _ in self.states.values())
        if present != self.seen or settling or now - self.at > 30:
            before, clock = self.states, time.time()
            self.states = self.shown()
            self.count_kills([unit for unit, (_, restarts) in self.states.items() if unit in before and restarts > before[unit][1]])
            self.seen, self.at, self.clock = present, now, clock
        return [self.row(unit, *state) for unit, state in sorted(self.states.items())]

    def present(self):
        """Unit to the number of its cgroup, which is another one after each start."""
        found = {}
        try:
            for name in os.listdir(self.folder):
                if self.UNIT.match(name):
                    found[name] = os.stat(self.folder + '/' + name).st_ino
        except OSError:
            pass
        return found

    def shown(self):
        out = call(['systemctl', 'show', '--property=Id,ActiveState,NRestarts', 'bramble-app-*@*.service'], 2)
        blocks = (dict(line.split('=', 1) for line in block.splitlines() if '=' in line) for block in out.split('\n\n'))
        return {block['Id']: (block.get('ActiveState', ''), int(block.get('NRestarts') or 0))
                for block in blocks if self.UNIT.match(block.get('Id', ''))}

    def count_kills(self, units):
        for unit in units:
            lines = call(['journalctl', '--quiet', '--no-pager', '--output=cat', '--since=@%d' % self.clock, '_PID=1', 'UNIT=' + unit], 2)
            self.killed[unit] = self.killed.get(unit, 0) + lines.count("'oom-kill'")

    def row(self, unit, active, restarts):
        app, slot, process = self.UNIT.match(unit).groups()
        used, limit = self.memory(self.folder + '/' + unit)
        return dict(app=app, slot=slot, process=process, active=active, restarts=restarts, killed=self.killed.get(unit, 0),
                    memory=used, limit=limit)

    def memory(self, folder):
        """Without what the kernel can drop of files. Where it does not count memory: what the processes themselves hold."""
        number = lambda name: int((text(folder + '/' + name).strip() or 'max').replace('max', '-1'))
        used, limit = number('memory.current'), number('memory.max')
        if used < 0:
            processes = text(folder + '/cgroup.procs').split()
            held = sum(self.held(process) for process in processes)
            return held if processes else None, None
        idle = re.search(r'^inactive_file (\d+)', text(folder + '/memory.stat'), re.M)
        return max(0, used - int(idle.group(1) if idle else 0)), limit if limit > 0 else None

    def held(self, process):
        lines = re.findall(r'^Rss(?:Anon|Shmem):\s+(\d+)', text('/proc/%s/status' % process), re.M)
        return sum(int(kilo) for kilo in lines) * 1024
