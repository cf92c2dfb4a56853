class Source(threading.Thread):
    """One thing that is asked, on a thread of its own: when it hangs, nobody waits for it."""

    def __init__(self, name, ask, every=0, waits=True, after=None, first=0, mark=lambda: None):
        super().__init__(daemon=True, name=name)
        # `mark`: asked early when it differs.
        self.mark, self.marked = mark, mark()
        # `waits`: a tick is not answered before it; else what it learned since goes with the next one.
        self.source, self.question, self.every, self.waits, self.after = name, ask, every, waits, after
        self.due_at, self.busy, self.answer = time.monotonic() + first, False, None
        self.turn = threading.Semaphore(0)
        self.start()

    def run(self):
        while True:
            self.turn.acquire()
            begun = time.monotonic()
            try:
                answer = dict(value=self.question())
            except Silent as silent:
                answer = dict(silent=str(silent))
            except Exception as error:
                answer = dict(silent='%s: %s' % (type(error).__name__, error))
            answer['ms'] = round((time.monotonic() - begun) * 1000, 1)
            with changed:
                self.answer = answer
                changed.notify()
            try:
                self.after and self.after()
            except Exception:
                pass
            self.busy = False

    def begin(self, now):
        """Asks it if its time has come. True: it is to be waited for."""
        if not self.busy and (now >= self.due_at or self.mark() != self.marked):
            self.marked = self.mark()
            self.due_at = now + self.every - 0.5
            self.answer, self.busy = (None if self.waits else self.answer), True
            self.turn.release()
            return self.waits
        # Busy with the question before: its answer may still come in time.
        return self.waits and self.every == 0


changed = threading.Condition()


def sources_of(config):
    roles = config['roles']
    machine, card, units = Machine(config), Card(), Units(config)
    yield Source('machine', machine.ask)
    yield Source('card', card.ask)
    yield Source('board', Board().ask)
    yield Source('units', units.ask)
    yield Source('upkeep', Upkeep(config).ask, every=60)
    upgrades = Upgrades()
    yield Source('upgrades', upgrades.ask, every=6 * 3600, waits=False, first=60, mark=upgrades.mark)
    identity = Identity(config['ca'], config['certificate'], config['key']) if 'etcd' in roles or 'postgres' in roles else None
    if 'etcd' in roles:
        yield Source('etcd', EtcdStatus(identity).ask)
        yield Source('etcdHealth', EtcdHealth(identity).ask)
        yield Source('etcdFigures', EtcdFigures(identity).ask, every=15)
    if 'postgres' in roles:
        yield Source('patroni', Patroni(identity).ask)
        yield Source('members', Members(identity).ask, every=10, waits=False)
        postgres = Postgres(config['database'])
        children.append(postgres)
        yield Source('postgres', postgres.ask, after=postgres.afterwards)
    if 'balancer' in roles:
        yield Source('haproxy', Haproxy().ask)
    if 'web' in roles:
        yield Source('web', Web().ask)
        if config['apps']:
            yield Source('apps', Apps().ask)


children = []


def own_cost():
    """CPU seconds and memory that the watching takes on this node: this script, psql, and the backend that serves it."""
    times = os.times()
    cpu = time.process_time() + times.children_user + times.children_system
    processes = [str(os.getpid())]
    for postgres in children:
        if postgres.psql.child:
            processes += [str(postgres.psql.child.pid)] + ([str(postgres.backend)] if postgres.backend else [])
    tick = os.sysconf('SC_CLK_TCK')
    memory = 0
    for process in processes:
        fields = text('/proc/%s/stat' % process).rpartition(')')[2].split()
        if process != processes[0] and fields:
            cpu += (int(fields[11]) + int(fields[12])) / tick
        # Pages that are its own: what is mapped from libraries and shared buffers is there anyway.
        memory += sum(int(found) for found in re.findall(r'^RssAnon:\s+(\d+)', text('/proc/%s/status' % process), re.M)) * 1024
    return dict(cpu=round(cpu, 3), memory=memory)


def lines():
    """Questions, until the input ends or nobody has asked for so long that the worker must be gone."""
    rest = b''
    while True:
        line, end, after = rest.partition(b'\n')
        if end:
            rest = after
            yield line
            continue
        if not select.select([0], [], [], 90)[0]:
            return
        part = os.read(0, 65536)
        if not part:
            return
        rest += part


def say(line):
    sys.stdout.write(line + '\n')
    sys.stdout.flush()


def main():
    os.nice(10)
    threading.stack_size(256 * 1024)
    questions = lines()
    config = json.loads(next(questions))
    sources = list(sources_of(config))
    say('ready')
    for question in questions:
        clock, begun = time.time(), time.monotonic()
        awaited = [source for source in sources if source.begin(begun)]
        with changed:
            changed.wait_for(lambda: all(source.answer for source in awaited), timeout=2.5)
            answers = {source.source: source.answer for source in sources if source.answer}
            for source in awaited:
                answers.setdefault(source.source, dict(silent='no answer in time'))
            for source in sources:
                source.answer = None
        answer = dict(n=int(question), clock=clock, since=begun, own=own_cost(), sources=answers, took=round((time.monotonic() - begun) * 1000, 1))
        say(json.dumps(answer, separators=(',', ':')))


try:
    main()
except (BrokenPipeError, StopIteration):
    pass
finally:
    for postgres in children:
        postgres.psql.close()
    # Threads may hang in a source; nothing of this process is to stay.
    os._exit(0)
