# The running HAProxy: what it shows, and how it takes a certificate without a reload.


def bundle_of(path):
    with open(path) as handle:
        # An empty line would end what is sent.
        return '\n'.join(line for line in handle.read().splitlines() if line)


def must(word, text):
    answer = command('web', text)
    if word not in answer:
        raise Failed('HAProxy refuses "%s": %s' % (text.splitlines()[0], answer.strip()[-300:]))
    return answer


class Haproxy:
    def listed(self):
        """Files of its list. None: it does not answer, or has another configuration, and reads the list when it starts with ours."""
        try:
            answer = command('web', 'show ssl crt-list ' + LIST)
        except OSError:
            return None
        lines = [line for line in answer.splitlines() if line.strip()]
        # The first line names the list; of one that it does not have, it says so.
        if not lines or not lines[0].startswith('# ' + LIST):
            return None
        return {line.split()[0] for line in lines[1:]}

    def fingerprint(self, path):
        for line in command('web', 'show ssl cert ' + path).splitlines():
            if line.lower().startswith('sha1 fingerprint:'):
                return line.split(':', 1)[1].strip().upper()
        return None

    def load(self, path):
        """Has a file that it knows read again."""
        command('web', 'abort ssl cert ' + path)
        must('Transaction ', 'set ssl cert %s <<\n%s\n' % (path, bundle_of(path)))
        try:
            must('Success!', 'commit ssl cert ' + path)
        except Failed:
            command('web', 'abort ssl cert ' + path)
            raise

    def add(self, path, domain):
        if self.fingerprint(path) is None:
            # One that was begun before is there already.
            command('web', 'new ssl cert ' + path)
            self.load(path)
        must('Success!', 'add ssl crt-list %s <<\n%s %s\n' % (LIST, path, domain))

    def remove(self, path):
        must('deleted', 'del ssl crt-list %s %s' % (LIST, path))
        command('web', 'del ssl cert ' + path)
