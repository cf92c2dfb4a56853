# Certificates as files: made with openssl, signed by this balancer's issuer. A private key never leaves the folder of HAProxy.
import datetime, json, re, shutil, subprocess, tempfile

FOLDER = os.environ.get('BRAMBLE_CERTIFICATES', '/etc/haproxy/bramble')
ISSUER = os.environ.get('BRAMBLE_SITE_ISSUER', '/etc/bramble/site-issuer')
LIST, NEUTRAL, NAMES = FOLDER + '/list', FOLDER + '/neutral.pem', FOLDER + '/names'
# How long a certificate lasts, and how far back it begins: clocks of devices may be a little behind.
LIFETIME = datetime.timedelta(seconds=float(os.environ.get('BRAMBLE_HTTPS_LIFETIME', 90 * 86400)))
BACK = min(datetime.timedelta(days=1), LIFETIME / 10)
PEM = re.compile('-----BEGIN ([A-Z ]+)-----\n.+?\n-----END \\1-----\n', re.S)


class Failed(Exception):
    """For people."""


def openssl(*words, stdin=None):
    done = subprocess.run(['openssl', *words], input=stdin, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Failed('openssl %s: %s' % (words[0], done.stderr.strip()[-500:]))
    return done.stdout


def put(path, text):
    """Complete or not at all, also when the power is cut."""
    staged = '%s/.%d' % (os.path.dirname(path), os.getpid())
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(staged, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def path_of(domain):
    return '%s/%s.pem' % (NAMES, re.sub('^\\*', '_', domain))


def blocks(text):
    """PEM blocks of this text, by their kind: certificates and keys."""
    found = {'certificate': [], 'key': []}
    for match in PEM.finditer(text):
        found['key' if match.group(1).endswith('PRIVATE KEY') else 'certificate'].append(match.group(0))
    return found


def day_of(text):
    """As openssl prints it: notAfter=Nov 30 23:28:07 2026 GMT."""
    return datetime.datetime.strptime(text, '%b %d %H:%M:%S %Y GMT').replace(tzinfo=datetime.timezone.utc)


def facts_of(certificate):
    """since, until, fingerprint (SHA-1, as HAProxy says it) of the first certificate of this text."""
    said = openssl('x509', '-noout', '-startdate', '-enddate', '-fingerprint', '-sha1', stdin=certificate)
    rows = dict(line.split('=', 1) for line in said.splitlines() if '=' in line)
    fingerprint = next(value for key, value in rows.items() if key.lower().endswith('fingerprint'))
    return dict(since=day_of(rows['notBefore']), until=day_of(rows['notAfter']), fingerprint=fingerprint.replace(':', ''))


class Issuer:
    """What signs here, as it is on disk now. Failed: there is none that can."""

    def __init__(self):
        try:
            with open(ISSUER + '.crt') as handle:
                self.certificate = blocks(handle.read())['certificate'][0]
        except (OSError, IndexError):
            raise Failed("This balancer has no issuer that can be read. Run Provision.")
        facts = facts_of(self.certificate)
        self.since, self.until = facts['since'], facts['until']

    def sign(self, domain, now):
        """Key, certificate and chain for one domain."""
        if now < self.since:
            raise Failed('The clock of this Pi says %s, which is before its issuer was made. Check its time.' % now.date())
        if now + BACK > self.until:
            raise Failed('The issuer of this balancer ended on %s. Start Bramble, which renews it.' % self.until.date())
        folder = tempfile.mkdtemp(prefix='.issue-', dir=FOLDER)
        try:
            at = folder + '/'
            put(at + 'index', '')
            put(at + 'conf', CONFIG % dict(folder=folder, domain=domain))
            put(at + 'key', openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'))
            name = domain if len(domain) <= 64 else 'site'
            openssl('req', '-new', '-key', at + 'key', '-subj', '/CN=' + name, '-config', at + 'conf', '-out', at + 'csr')
            openssl('ca', '-batch', '-notext', '-config', at + 'conf', '-cert', ISSUER + '.crt', '-keyfile', ISSUER + '.key',
                    '-startdate', stamp(now - BACK), '-enddate', stamp(min(now + LIFETIME, self.until)),
                    '-in', at + 'csr', '-out', at + 'crt')
            with open(at + 'key') as key, open(at + 'crt') as certificate:
                return blocks(certificate.read())['certificate'][0] + self.certificate + blocks(key.read())['key'][-1]
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def stamp(moment):
    return moment.strftime('%Y%m%d%H%M%SZ')


CONFIG = '''[ca]
default_ca = own
[own]
database = %(folder)s/index
new_certs_dir = %(folder)s
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = optional
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:%(domain)s
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = subject
[subject]
'''


def make_neutral():
    """Shown for a name that no app has: it says nothing about this cluster."""
    key = openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
    folder = tempfile.mkdtemp(prefix='.issue-', dir=FOLDER)
    try:
        put(folder + '/key', key)
        put(folder + '/conf', '[req]\ndistinguished_name = subject\n[subject]\n')
        certificate = openssl('req', '-x509', '-new', '-key', folder + '/key', '-days', '7300', '-subj', '/CN=unknown.invalid',
                              '-addext', 'subjectAltName = DNS:unknown.invalid', '-config', folder + '/conf')
        put(NEUTRAL, blocks(certificate)['certificate'][0] + blocks(key)['key'][-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_due(facts, now):
    return facts['until'] - now < (facts['until'] - facts['since']) / 3
