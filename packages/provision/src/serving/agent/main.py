# Keeps this node in line with etcd: the slots of apps that run here, and what HAProxy sends to. settings: argv 1.
import datetime, signal, sys
from concurrent.futures import ThreadPoolExecutor

RETRY, QUICK, SLOW = 30, 1, 10
LONGEST, ABANDONED, BALANCED = 300, 60, 60


class Slot:
    """What this program remembers of one slot."""

    def __init__(self, record, now):
        self.identity = identity(record)
        self.since, self.answered, self.failed, self.restarts = now, False, None, 0
        self.why, self.asked, self.next_check, self.retry = None, None, 0, 0


class Agent:
    def __init__(self, settings):
        self.settings, self.node = settings, settings['node']
        self.wake = threading.Event()
        self.etcd = Etcd(settings['endpoints'])
        self.reader = Reader(self.etcd, self.wake.set)
        # Apps that answer no health check hold a thread each for up to CHECKED seconds; the checks of others must not wait for them.
        self.pool = ThreadPoolExecutor(32)
        self.balancer = Balancer()
        self.cron = Cron(self.etcd, self.node, settings['memory'], ThreadPoolExecutor(4))
        self.memory = Memory()
        self.disk = Disk(settings['apps'] if settings['web'] else [], self.wake.set)
        self.slots, self.unwanted, self.missing, self.stopping = {}, {}, {}, {}
        self.running, self.kept, self.seen, self.looked = {}, {}, {}, 0
        self.balanced = None
        self.report, self.said, self.told = None, None, threading.Event()
        self.again, self.heard = False, 0

    def known(self, now):
        """Records of the apps that the cluster has; those of others are left for whoever removes them."""
        records, reports = self.reader.now()
        if records is None:
            return None, reports
        return self.memory.fill({app: records.get(app, {}) for app in self.settings['apps']}, now), reports

    def look(self, now):
        """What runs: a unit that systemd will start again counts."""
        self.looked = now
        self.kept = on_disk()
        names = {key: [unit_of(*key, process) for process in kept['processes']] for key, kept in self.kept.items()}
        self.seen = states([unit for units in names.values() for unit in units])
        alive = ('active', 'activating', 'deactivating', 'reloading')
        self.running = {key: kept['what'] for key, kept in self.kept.items()
                        if any(self.seen.get(unit, {}).get('active') in alive for unit in names[key])}
        self.stopping = {key: at for key, at in self.stopping.items() if key in self.running}

    def drained(self, records, reports, now):
        """Slots that nobody wants and nobody uses: no connection is left and every balancer has switched."""
        found = set()
        for key in self.running:
            if key not in self.unwanted:
                continue
            known, waited = records.get(key[0], {}), now - self.unwanted[key]
            serving, coming = known.get('serving'), known.get('next')
            # The claim of a deploy that lives may lapse for a moment.
            if coming and coming['slot'] == key[1] and waited < ABANDONED:
                continue
            # Without a serving release there is nothing that it could be drained in favor of.
            if serving is None or waited > LONGEST:
                found.add(key)
                continue
            balancers = [one['balancer'] for one in reports.values() if isinstance(one.get('balancer'), dict)]
            # Every balancer shows the maintenance page by then.
            least = 8 if availability(known) == 'stopped' else 2
            behind = any(one.get(key[0]) != serving['generation'] for one in balancers) and waited < BALANCED
            if waited >= least and not behind and connections(port_of(self.kept[key], key[1])) == 0:
                found.add(key)
        return found

    def act(self, records, reports, now):
        wanted = wanted_slots(records, self.node) if self.settings['web'] else {}
        for key in list(self.unwanted):
            if key in wanted or key not in self.running:
                del self.unwanted[key]
        for key in self.running:
            if key not in wanted:
                self.unwanted.setdefault(key, now)
        present = {(app, record['release'], record['environment']) for (app, _), record in wanted.items()
                   if present_files(app, record['release'], record['environment'])}
        self.missing = {}
        for verb, app, slot in decide(records, self.node, self.running, present, self.drained(records, reports, now)):
            key = (app, slot)
            if verb == 'missing':
                self.missing[key] = wanted[key]
            elif verb == 'stop':
                self.stop(key, now)
            elif app not in self.disk.full:
                self.start(key, wanted[key], now)
        for key in list(self.slots):
            if key not in wanted:
                del self.slots[key]
        for key in wanted:
            if key[0] in self.disk.full:
                self.hold(key, wanted[key], now)
            elif self.running.get(key) == identity(wanted[key]):
                self.revive(key, wanted[key], now)
        for key in list(self.kept):
            if key[0] not in self.settings['apps'] and key not in self.running:
                forget_slot(*key)
                del self.kept[key]
        if self.settings['web']:
            self.forget(records)
        return wanted

    def hold(self, key, record, now):
        """It fills the card: it stays down until there is space, and a deploy of it fails."""
        if key in self.running:
            self.stop(key, now)
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot(record, now)
        slot.failed, slot.retry = self.disk.full[key[0]], 0

    def forget(self, records):
        """What was removed while this node was off leaves nothing here: its environment holds secrets."""
        for app, known in records.items():
            gone = known.get('removed') and not known.get('serving') and not known.get('next')
            if gone and not any(key[0] == app for key in self.running) and has_files(app):
                print('remove the files of %s' % app, flush=True)
                forget_app(app)
                for slot in 'ab':
                    self.kept.pop((app, slot), None)

    def restore(self, reports, now):
        """One of the nodes is enough; who is not the first changes nothing."""
        for record in self.memory.agreed(reports, now):
            self.memory.lost[record['app']] = now
            try:
                if self.etcd.restore(record):
                    print('%s was missing in etcd: restored release %s' % (record['app'], record['release'][:12]), flush=True)
                    self.reader.due.set()
            except (Silent, KeyError, ValueError, AttributeError) as error:
                print('etcd: %s' % error, flush=True)

    def stop(self, key, now):
        if now - self.stopping.get(key, -RETRY) < RETRY:
            return
        print('stop %s/%s' % key, flush=True)
        self.stopping[key] = now
        self.slots.pop(key, None)
        stop_slot(*key)

    def start(self, key, record, now):
        slot = self.slots.get(key)
        if slot and slot.identity == identity(record) and (now < slot.retry or (slot.failed and 'deploy' in record)):
            return
        print('start %s/%s %s' % (*key, record['release'][:12]), flush=True)
        if not slot or slot.identity != identity(record):
            slot = self.slots[key] = Slot(record, now)
        slot.retry, self.looked = now + RETRY, 0
        write_slot(record, key[1], self.settings['memory'])
        start_slot(*key, commands_of(record, key[1]))

    def revive(self, key, record, now):
        """A process that systemd gave up on gets another try, but not of a release that does not serve yet."""
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot(record, now)
        units = [unit_of(*key, process) for process in self.kept[key]['processes']]
        slot.restarts = sum(self.seen.get(unit, {}).get('restarts', 0) for unit in units)
        down = [unit for unit in units if self.seen.get(unit, {}).get('active') in ('failed', 'inactive')]
        if down and now >= slot.retry and 'deploy' not in record:
            slot.retry = now + RETRY
            start_slot(*key, self.kept[key]['processes'], down)

    def ask(self, wanted, now):
        """Health checks, beside each other; a slot is asked again when its last answer is in."""
        for key, slot in self.slots.items():
            record = wanted.get(key)
            if record is None:
                continue
            if slot.asked is not None and slot.asked.done():
                self.take(key, slot, record, slot.asked.result(), now)
                slot.asked, slot.next_check = None, now + (5 if slot.answered and slot.why is None else QUICK)
            if slot.asked is None and now >= slot.next_check and self.running.get(key) == identity(record):
                slot.asked = self.pool.submit(self.health, key, record)
            elif slot.asked is None and self.running.get(key) != identity(record) and now - slot.since > 3:
                self.take(key, slot, record, 'Its processes have ended.', now)

    def health(self, key, record):
        try:
            if 'web' in commands_of(record, key[1]):
                return check(record, key[1], self.settings['address'])
            return None if time.monotonic() - self.slots[key].since > 3 else 'It has just started.'
        except Exception as error:  # A record that is not as it should be must not end this program.
            return 'Its health check failed: %s' % error

    def take(self, key, slot, record, why, now):
        slot.why = why
        if why is None:
            slot.answered, slot.failed = True, None
            return
        if slot.failed:
            return
        waited, limit = now - slot.since, record['health'].get('timeout', 60)
        gave_up = any(one.get('active') == 'failed' for unit, one in self.seen.items()
                      if unit.startswith('bramble-app-%s-%s@' % key))
        if slot.answered or waited > limit or gave_up or slot.restarts >= 3:
            if slot.restarts >= 3 or gave_up:
                why = 'It ends as soon as it is started. ' + why
            elif not slot.answered:
                why = 'It did not answer within %d s. %s' % (limit, why)
            slot.failed = '\n'.join(text for text in (why, last_lines(*key, int(waited) + 5)) if text)

    def say(self, records, wanted, now):
        """The report; its time changes only with the rest."""
        slots = {}
        for key, record in wanted.items():
            slot = self.slots.get(key)
            if key in self.missing:
                state, message = 'missing', 'The files of this release are not on this node.'
            elif slot is None or (not slot.answered and not slot.failed):
                state, message = 'starting', slot.why if slot else None
            elif 'deploy' not in record and slot.why == STRANGER % port_of(record, key[1]):
                # Of a failed slot HAProxy judges by itself; it would take the other program for the app.
                state, message = 'starting', slot.why
            else:
                state, message = ('failed', slot.failed) if slot.failed else ('ready', None)
            slots['%s/%s' % key] = dict(release=record['release'], environment=record['environment'], state=state,
                                        generation=record['generation'], message=message,
                                        restarts=slot.restarts if slot else 0)
        for key in self.running:
            if key not in wanted:
                kept = self.kept[key]
                slots['%s/%s' % key] = dict(release=kept['release'], environment=kept['environment'], state='draining',
                                            generation=kept.get('generation', 0), message=None, restarts=0)
        report = dict(slots=slots, balancer=self.balanced, memoryEnforced=memory_enforced())
        if report != self.said:
            self.said = report
            at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
            self.report = json.dumps(dict(report, at=at))
            self.told.set()

    def tell(self):
        """Writes the report when it changed, and keeps its lease."""
        lease, written, words = None, None, ''
        while True:
            self.told.wait(20 if written == self.report else 2)
            self.told.clear()
            report = self.report
            if report is None:
                continue
            again, self.again = self.again, False
            try:
                lease = self.etcd.report(self.node, report, lease, again or report != written)
                written, words = report, ''
            except (Silent, KeyError, ValueError, AttributeError) as error:
                if not words:
                    words = str(error)
                    print('etcd: %s' % words, flush=True)
                written = None

    def step(self, now):
        records, reports = self.known(now)
        if records is None:
            self.cron.step(None, {}, set())
            return
        self.restore(reports, now)
        # etcd lost the report, and its lease lives.
        if self.node in reports:
            self.heard = now
        elif self.report is not None and now - self.heard > 15:
            self.heard, self.again = now, True
            self.told.set()
        busy = bool(self.unwanted or self.stopping) or any(not slot.answered or slot.why for slot in self.slots.values())
        if self.wake.is_set() or now - self.looked > (QUICK if busy else SLOW):
            self.wake.clear()
            self.look(now)
        wanted = self.act(records, reports, now)
        self.ask(wanted, now)
        if self.settings['balancer']:
            try:
                self.balanced = self.balancer.sync(records, reports, now)
            except (OSError, ValueError, KeyError) as error:
                if self.balanced is not None:
                    print('haproxy: %s' % error, flush=True)
                self.balanced = None
        self.say(records, wanted, now)
        if self.settings['web']:
            self.cron.step(records, reports, self.ready(records))

    def ready(self, records):
        """Apps whose serving release answers here."""
        return {app for (app, name), slot in self.slots.items()
                if slot.answered and not slot.failed and (records.get(app, {}).get('serving') or {}).get('slot') == name}

    def run(self):
        self.reader.start()
        self.disk.start()
        threading.Thread(target=self.tell, daemon=True).start()
        while True:
            self.step(time.monotonic())
            self.wake.wait(0.5)


def main():
    with open(sys.argv[1]) as handle:
        settings = json.load(handle)
    # Its threads may be in the middle of a request.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Agent(settings).run()


if sys.argv[1:]:
    main()
