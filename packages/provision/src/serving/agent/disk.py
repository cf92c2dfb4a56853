# Space on the card: an app that fills it must not take what the database and the logs need. HOME is all that an app can fill.
HOMES = os.environ.get('BRAMBLE_APPS_HOMES', '/var/lib')
MEGA = 1000 ** 2


def mega(size):
    return '%d MB' % round(size / MEGA)


def limits(size):
    """(bytes that the HOME of an app may hold, bytes that stay free) on a file system of this size."""
    return min(4000 * MEGA, size // 5), min(1000 * MEGA, size // 10)


def overfull(held, homes, calm, full, level):
    """
    App to the reason why it is stopped. held: (size, free). homes: bytes by app; calm: the same when there was room.
    full: what is stopped already. level: free bytes when an app was stopped last; None: there was room since.
    """
    size, free = held
    share, reserve = limits(size)
    found = {}
    for app, used in homes.items():
        if used > (share * 0.9 if app in full else share):
            found[app] = 'It wrote %s below HOME, and an app may keep %s on this node. Delete what it does not need with ' \
                '"app run", or keep files elsewhere.' % (mega(used), mega(share))
    short = free < (reserve * 1.2 if full else reserve)
    if short:
        # What is stopped stays so: its files are still there.
        found.update({app: why for app, why in full.items() if app not in found})
        # One at a time, and the next one only if the space goes on shrinking: it may be somebody else who writes.
        growing = level is None or free < level - 32 * MEGA
        growth = {app: used - calm.get(app, 0) for app, used in homes.items() if app not in found and used > 32 * MEGA}
        if growing and free < reserve and growth:
            worst = max(growth, key=lambda app: (growth[app], app))
            found[worst] = 'The card of this node had %s left, and this app keeps %s below HOME. Free some space, and it starts ' \
                'again by itself.' % (mega(free), mega(homes[worst]))
    return found


class Disk(threading.Thread):
    """Measures now and then, and at once when the card fills up."""

    def __init__(self, apps, changed, every=60):
        super().__init__(daemon=True)
        self.apps, self.changed, self.every = apps, changed, every
        self.full, self.calm, self.level, self.measured, self.free = {}, {}, None, None, None

    def held(self):
        found = os.statvfs(HOMES)
        return found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize

    def measure(self):
        homes = {app: os.path.realpath('%s/bramble-app-%s' % (HOMES, app)) for app in self.apps}
        homes = {app: home for app, home in homes.items() if os.path.isdir(home)}
        if not homes:
            return {}
        # Without -x: on an overlay, files seem to be of another file system than their folder, and are not counted.
        done = subprocess.run(['nice', '-n', '19', 'du', '-sB1', '--', *homes.values()],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        sizes = dict(reversed(line.split('\t', 1)) for line in done.stdout.decode('utf-8', 'replace').splitlines())
        return {app: int(sizes[home]) for app, home in homes.items() if home in sizes}

    def look(self, now):
        size, free = self.held()
        share, reserve = limits(size)
        short, shrank = free < reserve, self.free is not None and self.free - free > share / 8
        due = self.measured is None or now - self.measured >= (10 if self.full else self.every)
        if not (short or shrank or due):
            return
        self.measured, self.free = now, free
        homes = self.measure()
        found = overfull((size, free), homes, self.calm, self.full, self.level)
        if not short:
            self.calm, self.level = homes, None
        if set(found) - set(self.full):
            self.level = free
        if found != self.full:
            for app in sorted(set(found) - set(self.full)):
                print('disk: %s: %s' % (app, found[app]), flush=True)
                end_app(app)
            self.full = found
            self.changed()

    def run(self):
        while True:
            try:
                self.look(time.monotonic())
            except (OSError, ValueError) as error:
                print('disk: %s' % error, flush=True)
            time.sleep(2)


def end_app(app):
    """At once: what fills the card may ignore a request to end, and systemd would wait for it."""
    for slot in 'ab':
        stop_slot(app, slot)
    # Its commands, too.
    subprocess.run(['pkill', '-KILL', '-U', 'app-' + app], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
