# Compares settings, files and the running HAProxy: once ("once", before HAProxy starts with them), or once a minute.
import signal, sys, time

STATUS = os.environ.get('BRAMBLE_HTTPS_STATUS', '/var/lib/bramble/https.json')
EVERY = float(os.environ.get('BRAMBLE_HTTPS_EVERY', '60'))
DOMAIN = re.compile('(\\*\\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?')


def instant(moment):
    return moment.strftime('%Y-%m-%dT%H:%M:%SZ')


class Agent:
    def __init__(self, path):
        with open(path) as handle:
            settings = json.load(handle)
        # They become paths and lines of configurations.
        self.domains = {domain: source for domain, source in settings['domains'].items() if DOMAIN.fullmatch(domain)}
        self.acme = Acme(settings) if settings['acme'] else None
        self.haproxy, self.known, self.said = Haproxy(), {}, None

    def facts(self, path):
        """Of the file, read again when it changed. None: there is none that can be read."""
        try:
            now = os.stat(path)
            key = (now.st_mtime_ns, now.st_size, now.st_ino)
            if self.known.get(path, (None,))[0] != key:
                with open(path) as handle:
                    text = handle.read()
                chain = blocks(text)['certificate'][1:]
                self.known[path] = (key, dict(facts_of(text), chain=chain))
            return self.known[path][1]
        except (OSError, Failed, ValueError, KeyError, StopIteration):
            self.known.pop(path, None)
            return None

    def files(self, now):
        """Makes what is missing or due. Returns the words about each domain, and the issuer's end."""
        words, issuer, problem = {}, None, None
        try:
            issuer = Issuer()
        except (Failed, ValueError, KeyError, subprocess.SubprocessError) as error:
            problem = str(error)
        for domain in (one for one, source in self.domains.items() if source == 'authority'):
            path = path_of(domain)
            facts, words[domain] = self.facts(path), problem
            # A renewed issuer has the same key: its certificate alone is another one.
            if issuer and (facts is None or is_due(facts, now) or facts['chain'] != [issuer.certificate]):
                try:
                    put(path, issuer.sign(domain, now))
                    print('issued a certificate for %s' % domain, flush=True)
                except (Failed, OSError, subprocess.SubprocessError) as error:
                    words[domain] = str(error)
        if self.facts(NEUTRAL) is None:
            make_neutral()
        if not os.path.exists(CHALLENGES):
            put(CHALLENGES, '')
        return words, issuer

    def present(self):
        return {domain: path_of(domain) for domain in sorted(self.domains) if self.facts(path_of(domain))}

    def lists(self):
        """What HAProxy reads when it starts: only files that are there."""
        text = ''.join('%s %s\n' % (path, domain) for domain, path in self.present().items())
        try:
            with open(LIST) as handle:
                if handle.read() == text:
                    return
        except OSError:
            pass
        put(LIST, text)

    def loads(self):
        """Makes the running HAProxy show what the files are. Returns what it shows (path to fingerprint) and what is wrong."""
        listed = self.haproxy.listed()
        if listed is None:
            return {}, 'HAProxy is not responding with the list of certificates.'
        shown, problem = {}, None
        wanted = {path: domain for domain, path in self.present().items()}
        for path in sorted(set(wanted) | {NEUTRAL}):
            mine = self.facts(path)['fingerprint']
            try:
                if path != NEUTRAL and path not in listed:
                    self.haproxy.add(path, wanted[path])
                    print('HAProxy shows a certificate for %s' % wanted[path], flush=True)
                if self.haproxy.fingerprint(path) != mine:
                    self.haproxy.load(path)
                    print('HAProxy shows a newer certificate for %s' % wanted.get(path, 'unknown names'), flush=True)
                shown[path] = mine
            except Failed as error:
                problem = str(error)
        for path in listed - set(wanted):
            try:
                self.haproxy.remove(path)
            except Failed as error:
                problem = str(error)
        return shown, problem

    def tidy(self):
        """Keys of domains that are gone."""
        kept = {path_of(domain) for domain in self.domains}
        for name in os.listdir(NAMES):
            path = '%s/%s' % (NAMES, name)
            if path not in kept:
                os.unlink(path)
        for name in os.listdir(FOLDER):
            if name.startswith('.issue-'):
                shutil.rmtree('%s/%s' % (FOLDER, name), ignore_errors=True)

    def step(self, now, running=True):
        os.makedirs(NAMES, mode=0o700, exist_ok=True)
        os.chmod(FOLDER, 0o700)
        words, issuer = self.files(now)
        if running and self.acme:
            words.update(self.acme.sync(now))
        self.lists()
        if not running:
            return
        try:
            shown, problem = self.loads()
        except (OSError, ValueError) as error:
            shown, problem = {}, 'HAProxy is not responding: %s' % error
        self.tidy()
        domains = {}
        for domain, source in self.domains.items():
            facts = self.facts(path_of(domain))
            domains[domain] = dict(source=source, until=facts and instant(facts['until']), fingerprint=facts and facts['fingerprint'],
                                   shown=path_of(domain) in shown, problem=words.get(domain))
        self.say(dict(issuer=issuer and dict(until=instant(issuer.until)), domains=domains, problem=problem))

    def say(self, status):
        if status == self.said:
            return
        os.makedirs(os.path.dirname(STATUS), exist_ok=True)
        put(STATUS, json.dumps(status, indent=1, sort_keys=True, ensure_ascii=False) + '\n')
        self.said = status

    def run(self):
        while True:
            try:
                self.step(datetime.datetime.now(datetime.timezone.utc))
            except (Failed, OSError, subprocess.SubprocessError) as error:
                print(error, flush=True)
            # Until HAProxy answers for the first time, more often: it may just be starting.
            is_calm = self.said and not self.said['problem'] and not (self.acme and self.acme.more)
            time.sleep(EVERY if is_calm else min(2, EVERY))


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.umask(0o077)
    agent = Agent(sys.argv[1])
    if sys.argv[2:] == ['once']:
        agent.step(datetime.datetime.now(datetime.timezone.utc), running=False)
    else:
        agent.run()


if sys.argv[1:]:
    main()
