import base64
import glob


class Units:
    """What systemd says of the units of the node's roles. It is asked only when their processes came or went, or each half minute."""

    def __init__(self, config):
        self.names = [name for name in config['units'] if not (CONTAINER and name == 'chrony.service')]
        self.seen, self.states, self.at = None, {}, 0

    def ask(self):
        alive = [self.has_processes(name) for name in self.names]
        now = time.monotonic()
        settling = any(state not in ('active', 'inactive', 'failed') for state in self.states.values())
        if self.names and (alive != self.seen or settling or now - self.at > 30):
            out = call(['systemctl', 'show', '--property=Id,ActiveState', *self.names], 2)
            blocks = (dict(line.split('=', 1) for line in block.splitlines() if '=' in line) for block in out.split('\n\n'))
            self.states = {block['Id']: block['ActiveState'] for block in blocks if 'Id' in block}
            self.seen, self.at = alive, now
        return self.states

    def has_processes(self, name):
        return 'populated 1' in text('/sys/fs/cgroup/system.slice/%s/cgroup.events' % name)


class Upkeep:
    """The clock, the certificate, whether a reboot waits: what changes in minutes."""

    def __init__(self, config):
        self.certificate = config['certificate']

    def ask(self):
        return dict(
            clockSynced=self.synced(), certificateFrom=self.validity()[0], certificateUntil=self.validity()[1],
            rebootRequired=os.path.exists('/run/reboot-required') or os.path.exists('/var/run/reboot-required'),
            keptData=self.kept_data())

    def kept_data(self):
        """What pg_rewind's wrapper keeps. While it is made of the very files of the database it is no copy of its own."""
        for mark in glob.glob('/var/lib/postgresql/*/*.kept/bramble-kept'):
            kept = os.path.dirname(mark)
            control = 'global/pg_control'
            try:
                if os.path.samefile(os.path.join(kept, control), os.path.join(kept[:-len('.kept')], control)):
                    continue
            except OSError:
                pass
            words = text(mark).split()
            if len(words) == 2 and all(word.isdigit() for word in words):
                return dict(path=kept, at=int(words[0]), bytes=int(words[1]) * 1024)
        return None

    def synced(self):
        if CONTAINER or not os.path.exists('/usr/bin/chronyc'):
            return None
        try:
            return call(['chronyc', '-c', 'tracking'], 2).strip().split(',')[-1] not in ('Not synchronised', '')
        except Silent:
            return False

    def validity(self):
        """`notBefore` and `notAfter` of the certificate as they stand in it: YYMMDDhhmmssZ or YYYYMMDDhhmmssZ."""
        lines = text(self.certificate).partition('-----BEGIN CERTIFICATE-----')[2].partition('-----END')[0]
        try:
            data = base64.b64decode(lines)
            content = lambda at: at + 2 + (data[at + 1] & 127 if data[at + 1] > 127 else 0)
            size = lambda at: int.from_bytes(data[at + 2:content(at)], 'big') if data[at + 1] > 127 else data[at + 1]
            after = lambda at: content(at) + size(at)
            # Certificate, its signed part, then: version (tagged), serial, algorithm, issuer, validity.
            at = content(content(0))
            for _ in range(4 if data[at] == 0xa0 else 3):
                at = after(at)
            times = content(at), after(content(at))
            return [data[content(time):after(time)].decode('ascii') for time in times]
        except (ValueError, IndexError):
            return [None, None]


class Upgrades:
    """Packages that apt would bring up to date: simulated, nicely, without a lock, four times a day and when packages changed."""

    seen = None

    def ask(self):
        lists = '/var/lib/apt/lists'
        if not any(name.endswith('_Packages') or '_Packages.' in name for name in os.listdir(lists)):
            return None
        argv = ['nice', '-n', '19', 'apt-get', '--simulate', '-o', 'Debug::NoLocking=1', '-o', 'APT::Get::Show-User-Simulation-Note=0',
                '--with-new-pkgs', 'upgrade']
        # Without the first brackets a package is a new one, that another brings along. Then its new version, and the archives that have it.
        found = re.findall(r'^Inst (\S+) \[[^\]]*\] \(\S+ ([^)]*)', call(argv, 300), re.M)
        security = [name for name, archives in found if 'security' in archives.lower()]
        return dict(packages=[name for name, _ in found][:300], security=security[:300])

    def mark(self):
        """Differs after packages were installed or removed; not yet while that is in progress."""
        try:
            at = os.stat('/var/lib/dpkg/status').st_mtime
        except OSError:
            return self.seen
        if abs(time.time() - at) > 30:
            self.seen = at
        return self.seen
