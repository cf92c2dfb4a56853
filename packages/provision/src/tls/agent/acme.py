# Certificates of a public authority (ACME). The balancer with the virtual IP asks for them with lego; all read them from etcd, where
# private keys are encrypted with a key that only balancers have.
import hashlib, random, socket, urllib.error, urllib.parse, urllib.request

STORE_KEY = os.environ.get('BRAMBLE_HTTPS_STORE', '/etc/bramble/https-store.key')
CHALLENGES = FOLDER + '/challenges.map'
HTTPS = 'bramble/https/'
# Seconds until the first try after a failure; each further one waits twice as long.
RETRY, LONGEST_RETRY = float(os.environ.get('BRAMBLE_ACME_RETRY', 900)), 86400
# Longer than authorities limit anybody.
LONGEST_LIMIT = datetime.timedelta(days=8)
CLAIM = 60
# Names in a row, so that what came is shown before the next are asked for.
AT_ONCE = 3


def encrypted(text):
    return openssl('enc', '-aes-256-cbc', '-pbkdf2', '-a', '-pass', 'file:' + STORE_KEY, stdin=text)


def decrypted(text):
    return openssl('enc', '-d', '-aes-256-cbc', '-pbkdf2', '-a', '-pass', 'file:' + STORE_KEY, stdin=text)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def thumbprint_of(key):
    """RFC 7638, of a P-256 key in PEM."""
    done = subprocess.run(['openssl', 'pkey', '-pubout', '-outform', 'DER'], input=key.encode(), capture_output=True, timeout=60)
    if done.returncode != 0 or len(done.stdout) < 64:
        raise Failed('The key of the ACME account cannot be read.')
    point = done.stdout[-64:]
    text = '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' % (encoded(point[:32]), encoded(point[32:]))
    return encoded(hashlib.sha256(text.encode()).digest())


def belongs(bundle):
    """Whether the private key of a bundle is that of its certificate."""
    found = blocks(bundle)
    if not found['certificate'] or not found['key']:
        return False
    return openssl('x509', '-noout', '-pubkey', stdin=found['certificate'][0]) == openssl('pkey', '-pubout', stdin=found['key'][-1])


def stamped(text):
    return datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ').replace(tzinfo=datetime.timezone.utc)


def said_by(words):
    """The authority's own last words among those of lego."""
    errors = re.findall('urn:ietf:params:acme:error:\\S+ :: [^\n]+', words)
    lines = [line for line in words.splitlines() if line.strip()]
    return (errors[-1] if errors else lines[-1] if lines else 'lego ended without a word')[:600]


def limited_until(words):
    """When the authority says that it may be asked again."""
    found = re.search('retry after (\\d{4}-\\d\\d-\\d\\d)[ T](\\d\\d:\\d\\d:\\d\\d)', words)
    return stamped('%sT%sZ' % found.groups()) if found else None


class Store:
    """Records below bramble/https/: key to (value, revision). Written where nobody wrote meanwhile."""

    def __init__(self, endpoints):
        self.etcd, self.found = Etcd(endpoints), {}

    def read(self):
        asked = dict(key=coded(HTTPS), range_end=coded(HTTPS[:-1] + '0'))
        found = {}
        for pair in self.etcd.call('kv/range', asked).get('kvs', []):
            name = plain(pair['key'])[len(HTTPS):]
            try:
                found[name] = (json.loads(plain(pair['value'])), pair['mod_revision'])
            except (ValueError, KeyError):
                found[name] = (None, pair['mod_revision'])
        self.found = found

    def get(self, name):
        value = self.found.get(name, (None,))[0]
        return value if isinstance(value, dict) else None

    def write(self, name, value, lease=None):
        """False: somebody else wrote it first."""
        revision = self.found.get(name, (None, '0'))[1]
        record = dict(key=coded(HTTPS + name), value=coded(json.dumps(value)), **(dict(lease=lease) if lease else {}))
        place = dict(key=record['key'], target='MOD', result='EQUAL', mod_revision=revision)
        done = self.etcd.call('kv/txn', dict(compare=[place], success=[dict(request_put=record)]))
        if done.get('succeeded'):
            self.found[name] = (value, done['header']['revision'])
        return bool(done.get('succeeded'))

    def remove(self, name):
        if name in self.found:
            self.etcd.call('kv/deleterange', dict(key=coded(HTTPS + name)))
            del self.found[name]


class Claim(threading.Thread):
    """Held while one balancer asks: it ends 60 s after its holder did."""

    def __init__(self, store, node):
        super().__init__(daemon=True)
        self.store, self.over = store, threading.Event()
        self.lease = store.etcd.call('lease/grant', dict(TTL=CLAIM))['ID']
        self.held = store.write('claim', dict(node=node), self.lease)
        if self.held:
            self.start()
        else:
            self.release()

    def run(self):
        while not self.over.wait(CLAIM / 4):
            self.quietly('lease/keepalive')

    def release(self):
        self.over.set()
        self.quietly('lease/revoke')
        if self.held:
            self.store.found.pop('claim', None)

    def quietly(self, path):
        try:
            self.store.etcd.call(path, dict(ID=self.lease))
        except (Silent, ValueError, KeyError):
            pass


class Acme:
    def __init__(self, settings):
        self.node, self.vip, self.acme = settings['node'], settings['vip'], settings['acme']
        self.domains = sorted(domain for domain, source in settings['domains'].items() if source == 'acme')
        self.store, self.more, self.silent = Store(settings['endpoints']), False, None
        # Another directory or address is another question: what failed before may work now.
        self.asked = hashlib.sha256(json.dumps([self.acme['directory'], self.acme['email']]).encode()).hexdigest()[:16]

    def sync(self, now):
        """Files from records, then what is due. Returns the words about each domain."""
        try:
            self.store.read()
            words = {domain: self.take(domain) for domain in self.domains}
            if self.holds():
                self.forget()
                account = self.account()
                if account and self.answers(account['thumbprint']):
                    self.ask(account, words, now)
            elif self.store.get('account'):
                self.answers(self.store.get('account')['thumbprint'])
        except (Silent, ValueError, KeyError) as error:
            if self.silent != str(error):
                self.silent = str(error)
                print('etcd: %s' % error, flush=True)
            return {domain: 'No majority of etcd answers: no certificate can be asked for.' for domain in self.domains}
        self.silent = None
        for domain in self.domains:
            tried = self.store.get('tries/' + domain)
            if tried and tried.get('asked') == self.asked and not words[domain]:
                words[domain] = '%s Next try: %s.' % (tried['error'], tried['next'])
        return words

    def take(self, domain):
        """Writes the file when the record has another certificate. Returns what is wrong."""
        record, path = self.store.get('certificates/' + domain), path_of(domain)
        if not record:
            return None
        try:
            with open(path) as handle:
                if record['certificate'] in handle.read():
                    return None
        except OSError:
            pass
        try:
            bundle = record['certificate'] + decrypted(record['key'])
            if belongs(bundle):
                put(path, bundle)
                print('got the certificate for %s' % domain, flush=True)
                return None
        except Failed as error:
            print('%s: %s' % (domain, error), flush=True)
        # Encrypted before the secrets were rotated: another one is asked for.
        self.store.found['certificates/' + domain] = (None, self.store.found['certificates/' + domain][1])
        return 'The certificate in etcd cannot be read with the key of this cluster.'

    def holds(self):
        said = subprocess.run(['ip', '-4', '-o', 'address'], capture_output=True, text=True, timeout=20).stdout
        return ' %s/' % self.vip in said

    def forget(self):
        """Keys of domains that are gone."""
        for name in list(self.store.found):
            kind, _, domain = name.partition('/')
            if kind in ('certificates', 'tries') and domain not in self.domains:
                self.store.remove(name)

    def account(self):
        """The one in etcd, or a new one: its thumbprint is known before anything is asked. None: another balancer was first."""
        known = self.store.get('account')
        if known:
            try:
                return dict(known, key=decrypted(known['key']))
            except Failed:
                pass
        # The older form: lego reads no other.
        key = openssl('ec', stdin=openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'))
        record = dict(key=encrypted(key), thumbprint=thumbprint_of(key))
        return dict(record, key=key) if self.store.write('account', record) else None

    def answers(self, thumbprint):
        """Has HAProxy answer the challenges of this account. False: it does not."""
        line = 'thumbprint %s\n' % thumbprint
        with open(CHALLENGES) as handle:
            if handle.read() != line:
                put(CHALLENGES, line)
        shown = lambda: [row.split()[1:] for row in command('web', 'show map ' + CHALLENGES).splitlines() if row.strip()]
        try:
            if shown() != [line.split()]:
                command('web', 'clear map ' + CHALLENGES)
                command('web', 'add map %s %s' % (CHALLENGES, line.strip()))
            return shown() == [line.split()]
        except OSError:
            return False

    def due(self, domain, now):
        record, tried = self.store.get('certificates/' + domain), self.store.get('tries/' + domain)
        # What is said to be later than an authority would ask for was written by a clock that was wrong.
        if tried and tried.get('asked') == self.asked and now < stamped(tried['next']) < now + LONGEST_LIMIT:
            return False
        if not record or record.get('directory') != self.acme['directory']:
            return True
        return is_due(dict(since=stamped(record['since']), until=stamped(record['until'])), now)

    def ask(self, account, words, now):
        due = [domain for domain in self.domains if self.due(domain, now)]
        claim = Claim(self.store, self.node) if due else None
        self.more = len(due) > AT_ONCE
        if claim and claim.held:
            try:
                for domain in due[:AT_ONCE]:
                    words[domain] = self.ask_for(domain, account)
            finally:
                claim.release()

    def ask_for(self, domain, account):
        problem = why_unreachable(domain, account['thumbprint'])
        if problem:
            # The authority was not asked: nothing counts against its limits, and the next look is in a minute.
            return problem
        try:
            certificate, key = self.lego(domain, account['key'])
            if not belongs(certificate + key):
                raise Failed('The authority sent a certificate of another key.')
            facts = facts_of(certificate)
            record = dict(directory=self.acme['directory'], certificate=certificate, key=encrypted(key),
                          since=instant(facts['since']), until=instant(facts['until']))
        except (Failed, OSError, subprocess.SubprocessError) as error:
            self.note(domain, str(error))
            return None
        if self.store.write('certificates/' + domain, record):
            print('the authority issued a certificate for %s' % domain, flush=True)
            self.store.remove('tries/' + domain)
        return self.take(domain)

    def note(self, domain, error):
        """The next try, so that no balancer asks sooner, whichever it is."""
        tried, now = self.store.get('tries/' + domain), datetime.datetime.now(datetime.timezone.utc)
        failures = (tried['failures'] if tried and tried.get('asked') == self.asked else 0) + 1
        wait = min(RETRY * 2 ** (failures - 1), LONGEST_RETRY) * random.uniform(1, 1.1)
        later = max(now + datetime.timedelta(seconds=wait), limited_until(error) or now)
        print('%s: %s' % (domain, error), flush=True)
        self.store.write('tries/' + domain, dict(asked=self.asked, failures=failures, next=instant(later), error=error))

    def lego(self, domain, key):
        """Certificate with its chain, and private key. The account is found by its key: a new one is made only the first time."""
        folder = tempfile.mkdtemp(prefix='.issue-', dir=FOLDER)
        try:
            server = urllib.parse.urlsplit(self.acme['directory']).netloc.replace(':', '_')
            keys = '%s/accounts/%s/%s/keys' % (folder, server, self.acme['email'])
            os.makedirs(keys)
            put('%s/%s.key' % (keys, self.acme['email']), key)
            argv = ['lego', '--path', folder, '--server', self.acme['directory'], '--email', self.acme['email'], '--accept-tos',
                    '--key-type', self.acme['keyType'], '--http', '--http.webroot', folder, '--domains', domain, 'run']
            env = dict(PATH='/usr/bin:/bin', HOME=folder)
            if self.acme['authority']:
                put(folder + '/authority', self.acme['authority'])
                env['LEGO_CA_CERTIFICATES'] = folder + '/authority'
            done = subprocess.run(argv, capture_output=True, text=True, timeout=600, env=env)
            if done.returncode != 0:
                raise Failed(said_by(done.stderr))
            with open('%s/certificates/%s.crt' % (folder, domain)) as chain, open('%s/certificates/%s.key' % (folder, domain)) as own:
                return ''.join(blocks(chain.read())['certificate']), blocks(own.read())['key'][-1]
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def why_unreachable(domain, thumbprint):
    """Why the authority would not reach this cluster under this name, as far as it can be seen from here. None: it may."""
    try:
        address = socket.getaddrinfo(domain, 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    except OSError:
        return 'Waiting for DNS: %s has no address yet.' % domain
    token = encoded(os.urandom(16))
    asked = urllib.request.Request('http://%s/.well-known/acme-challenge/%s' % (address, token), headers=dict(Host=domain))
    try:
        with urllib.request.build_opener(NoRedirect).open(asked, timeout=10) as answer:
            told = answer.read(300).decode('utf-8', 'replace')
    except urllib.error.HTTPError:
        told = ''
    except OSError:
        # Many routers do not let one out and in again.
        return None
    if told.strip() == '%s.%s' % (token, thumbprint):
        return None
    return 'Waiting for DNS: %s points to %s, where another server answers on port 80.' % (domain, address)
