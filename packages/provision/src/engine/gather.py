# Answers questions about this machine: a JSON list of queries on stdin, a JSON list of answers on stdout.
# Changes nothing. Python 3.9 and its standard library only.
import base64, fcntl, grp, hashlib, http.client, json, os, pwd, re, socket, ssl, stat, struct, subprocess, sys, time, zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

ENV = {**os.environ, 'LC_ALL': 'C.UTF-8', 'SYSTEMD_COLORS': '0'}


def call(argv, timeout=20, user=None):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, env=ENV, user=user,
                              group=pwd.getpwnam(user).pw_gid if user else None, extra_groups=[] if user else None, cwd='/')
        return done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace')
    except (OSError, subprocess.TimeoutExpired, KeyError) as error:
        return None, '', str(error)


def text(path, fallback=''):
    try:
        with open(path, encoding='utf-8', errors='replace') as handle:
            return handle.read()
    except OSError:
        return fallback


def name_of(lookup, number):
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)


def owner_of(info):
    return name_of(pwd.getpwuid, info.st_uid) + ':' + name_of(grp.getgrgid, info.st_gid)


def content(data):
    """Short UTF-8 as it is; whatever else packed, so that every byte arrives."""
    try:
        if len(data) <= 65536:
            return dict(content=data.decode('utf-8'))
    except UnicodeDecodeError:
        pass
    return dict(packed=base64.b64encode(zlib.compress(data)).decode())


def file(query):
    path = query['path']
    answer = dict(kind='absent', sha256=None, mode=0, owner='', size=0, mtime=0, content=None, foreign=False, folder=None)
    try:
        above = os.stat(os.path.dirname(path))
        answer['folder'] = dict(mode=stat.S_IMODE(above.st_mode), owner=owner_of(above))
        info = os.lstat(path)
    except OSError:
        return answer
    kinds = {stat.S_IFREG: 'file', stat.S_IFDIR: 'folder', stat.S_IFLNK: 'link'}
    kind = kinds.get(stat.S_IFMT(info.st_mode), 'other')
    answer.update(kind=kind, mode=stat.S_IMODE(info.st_mode), owner=owner_of(info), size=info.st_size, mtime=info.st_mtime,
                  foreign=foreign(path))
    if kind == 'file' and info.st_size <= 16 << 20:
        with open(path, 'rb') as handle:
            data = handle.read()
        answer['sha256'] = hashlib.sha256(data).hexdigest()
        if query.get('content') is True or query.get('content') == 'foreign' and answer['foreign']:
            answer.update(content(data))
    return answer


def packages(names):
    states = {name: dict(installed=None, candidate=None) for name in names}
    if not names:
        return states
    _, out, _ = call(['dpkg-query', '-W', '-f', '${binary:Package} ${db:Status-Status} ${Version}\n', *names])
    for line in out.splitlines():
        name, status, version = (line.split(' ') + ['', ''])[:3]
        name = name.split(':')[0]
        if status == 'installed' and name in states:
            states[name]['installed'] = version
    _, out, _ = call(['apt-cache', 'policy', *names])
    name = None
    for line in out.splitlines():
        if line and not line.startswith(' '):
            name = line.rstrip(':').split(':')[0]
        elif name in states and line.strip().startswith('Candidate:'):
            version = line.split(':', 1)[1].strip()
            states[name]['candidate'] = None if version == '(none)' else version
    return states


def units(names):
    if not names:
        return {}
    wanted = 'Id,Names,LoadState,ActiveState,UnitFileState,InvocationID,ExecMainStartTimestamp,ActiveEnterTimestamp'
    answers = {}
    for name in names:
        _, out, _ = call(['systemctl', 'show', '--timestamp=unix', '-p', wanted, name])
        values = dict(line.split('=', 1) for line in out.splitlines() if '=' in line)
        since = values.get('ExecMainStartTimestamp') or values.get('ActiveEnterTimestamp') or ''
        try:
            loaded = json.loads(text('/var/lib/bramble/loaded/' + name))
        except ValueError:
            loaded = None
        answers[name] = dict(load=values.get('LoadState', ''), active=values.get('ActiveState', ''),
                             enabled=values.get('UnitFileState', ''), invocation=values.get('InvocationID', ''),
                             since=float(since.lstrip('@') or 0) if since.startswith('@') else 0, loaded=loaded)
    return answers


def request(query):
    url = urlsplit(query['url'])
    timeout = query.get('timeout', 5)
    try:
        if url.scheme == 'https':
            context = ssl.create_default_context(cafile=query.get('ca'))
            if query.get('cert'):
                context.load_cert_chain(query['cert'], query['key'])
            link = http.client.HTTPSConnection(url.hostname, url.port or 443, timeout=timeout, context=context)
        else:
            link = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=timeout)
        link.request(query.get('method', 'GET'), (url.path or '/') + ('?' + url.query if url.query else ''))
        answer = link.getresponse()
        body = answer.read(262144).decode('utf-8', 'replace')
        link.close()
        return dict(status=answer.status, body=body, error=None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return dict(status=None, body='', error=str(error))


def addresses():
    found = []
    code, out, _ = call(['ip', '-j', '-4', 'addr', 'show'])
    for link in json.loads(out) if code == 0 and out else []:
        for entry in link.get('addr_info', []):
            if entry.get('family') == 'inet' and link.get('ifname') != 'lo':
                found.append(dict(interface=link['ifname'], address=entry['local'], prefix=entry['prefixlen']))
    return found


def memory():
    total = int(re.search(r'MemTotal:\s+(\d+)', text('/proc/meminfo')).group(1)) * 1024
    for path in ('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/run/bramble-lab/memory'):
        limit = text(path).strip()
        if limit.isdigit():
            total = min(total, int(limit))
    return total


def age():
    """Seconds since the machine's first process began: of the machine itself, also in a container."""
    began = int(text('/proc/1/stat').rsplit(')', 1)[1].split()[19]) / os.sysconf('SC_CLK_TCK')
    return float(text('/proc/uptime').split()[0]) - began


def machine():
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text('/etc/os-release'), re.M))
    disk = os.statvfs('/var/lib')
    zone = os.path.realpath('/etc/localtime').split('/zoneinfo/')
    return dict(
        id=release.get('ID', ''), idLike=release.get('ID_LIKE', ''), codename=release.get('VERSION_CODENAME', ''),
        architecture=call(['dpkg', '--print-architecture'])[1].strip(),
        model=text('/proc/device-tree/model').strip('\0\n') or None, hostname=socket.gethostname(),
        memory=memory(), diskFree=disk.f_bavail * disk.f_frsize, cpus=os.cpu_count() or 1, clock=time.time(),
        bootId=text('/proc/sys/kernel/random/boot_id').strip(), age=age(), container=os.path.exists('/run/systemd/container'),
        addresses=addresses(), timezone=zone[1] if len(zone) > 1 else 'Etc/UTC')


def number(address):
    return struct.unpack('!I', socket.inet_aton(address))[0]


def arp(link, own, target):
    """Asks the wire who has the address; returns the MAC that answers, or None."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as wire:
        mac = fcntl.ioctl(wire.fileno(), 0x8927, struct.pack('256s', link[:15].encode()))[18:24]
        wire.bind((link, 0))
        frame = (b'\xff' * 6 + mac + struct.pack('!HHHBBH', 0x0806, 1, 0x0800, 6, 4, 1) + mac + socket.inet_aton(own)
                 + b'\0' * 6 + socket.inet_aton(target))
        for _ in range(3):
            wire.send(frame)
            until = time.monotonic() + 0.25
            while time.monotonic() < until:
                wire.settimeout(max(0.01, until - time.monotonic()))
                try:
                    reply = wire.recv(128)
                except (socket.timeout, TimeoutError):
                    break
                if reply[20:22] == b'\0\2' and reply[28:32] == socket.inet_aton(target):
                    return ':'.join('%02x' % byte for byte in reply[22:28])
    return None


def address(query):
    target = query['address']
    for entry in addresses():
        if entry['address'] == target:
            return dict(holder=True, answeredBy=None)
    for entry in addresses():
        shift = 32 - entry['prefix']
        if number(entry['address']) >> shift == number(target) >> shift:
            return dict(holder=False, answeredBy=arp(entry['interface'], entry['address'], target))
    return dict(holder=False, answeredBy=None)


def command(query):
    user = query.get('as')
    code, out, err = call(query['argv'], query.get('timeout', 20), None if user in (None, 'root') else user)
    return dict(code=code, stdout=out[:262144], stderr=err[:16384])


def main():
    queries = json.load(sys.stdin)
    names = sorted({name for query in queries if query['kind'] == 'packages' for name in query['names']})
    wanted = sorted({query['unit'] for query in queries if query['kind'] == 'unit'})
    with ThreadPoolExecutor(8) as pool:
        known = pool.submit(packages, names)
        seen = pool.submit(units, wanted)
        simple = dict(file=file, http=request, command=command, address=address, machine=lambda _: machine())
        running = [pool.submit(simple[query['kind']], query) if query['kind'] in simple else None for query in queries]
        answers = []
        for query, future in zip(queries, running):
            if future:
                answers.append(future.result())
            elif query['kind'] == 'packages':
                answers.append({name: known.result()[name] for name in query['names']})
            else:
                answers.append(seen.result()[query['unit']])
    json.dump(answers, sys.stdout)


main()
