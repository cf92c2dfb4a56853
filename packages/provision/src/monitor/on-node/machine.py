def disk_of(path):
    """The whole disk that a path lies on, as `mmcblk0`; None where the kernel does not say (an overlay)."""
    try:
        number = os.stat(path).st_dev
        place = os.path.realpath('/sys/dev/block/%d:%d' % (os.major(number), os.minor(number)))
        if not os.path.exists(place):
            return None
        if os.path.exists(place + '/partition'):
            place = os.path.dirname(place)
        return os.path.basename(place)
    except OSError:
        return None


DISK = None if CONTAINER else disk_of('/')


class Machine:
    """Counters of the kernel. In a container those that are its host's are left out."""

    def __init__(self, config):
        self.paths = ['/', '/var/lib/postgresql', '/var/lib/etcd']

    def ask(self):
        processes = dict(line.split(None, 1) for line in text('/proc/stat').splitlines() if line.startswith('cpu '))
        answer = dict(
            boot=text('/proc/sys/kernel/random/boot_id').strip(), uptime=self.uptime(), cpus=os.cpu_count() or 1,
            load=float(text('/proc/loadavg').split()[0]), memory=self.memory(), disk=self.disk(), net=self.net(),
            addresses=self.addresses(), readOnly=self.read_only())
        if CONTAINER:
            used = re.search(r'^usage_usec (\d+)', text('/sys/fs/cgroup/cpu.stat'), re.M)
            answer['cpuSeconds'] = int(used.group(1)) / 1e6 if used else None
        else:
            answer['cpuTicks'] = [int(field) for field in processes['cpu'].split()]
        if DISK:
            for fields in (line.split() for line in text('/proc/diskstats').splitlines()):
                if fields[2] == DISK:
                    answer['io'] = dict(read=int(fields[5]) * 512, write=int(fields[9]) * 512, busy=int(fields[12]) / 1000)
        return answer

    def uptime(self):
        # Since the first process: a container's own, and on a machine the same as the kernel's.
        started = int(text('/proc/1/stat').rpartition(')')[2].split()[19]) / os.sysconf('SC_CLK_TCK')
        return float(text('/proc/uptime').split()[0]) - (started if CONTAINER else 0)

    def memory(self):
        lines = dict(re.findall(r'^(\w+):\s+(\d+)', text('/proc/meminfo'), re.M))
        kilo = lambda name: int(lines.get(name, 0)) * 1024
        return dict(total=kilo('MemTotal'), available=kilo('MemAvailable'), swap=kilo('SwapTotal') - kilo('SwapFree'))

    def disk(self):
        """The fullest file system that something of the cluster writes to."""
        found = []
        for path in self.paths:
            try:
                info = os.statvfs(path)
                found.append(dict(total=info.f_blocks * info.f_frsize, free=info.f_bavail * info.f_frsize))
            except OSError:
                pass
        return min(found, key=lambda one: one['free'] / max(1, one['total']))

    def net(self):
        counts = {}
        for line in text('/proc/net/dev').splitlines()[2:]:
            name, _, fields = line.partition(':')
            counts[name.strip()] = fields.split()
        counts.pop('lo', None)
        # Bridges and tunnels carry what a device has carried already.
        real = [name for name in counts if os.path.exists('/sys/class/net/%s/device' % name)] or list(counts)
        return dict(received=sum(int(counts[name][0]) for name in real), sent=sum(int(counts[name][8]) for name in real))

    def addresses(self):
        found = re.findall(r'\|-- (\S+)\n\s+/32 host LOCAL', text('/proc/net/fib_trie'))
        return sorted({address for address in found if not address.startswith('127.')})

    def read_only(self):
        mounts = (line.split() for line in text('/proc/self/mounts').splitlines())
        return any(fields[1] in ('/', '/var', '/var/lib') and 'ro' in fields[3].split(',') for fields in mounts)
