# The log of an app's units from the journal: one JSON object a line. Standard input says which; when it closes, following ends.
# Where it is followed, an empty line says that the newest lines are there.
# Standard library of Python 3.9.
import collections, json, subprocess, sys, threading, time

# Characters of one line, and of all lines together where they are not followed: the oldest are left out.
LINE, ALL = 16 * 1024, 4 * 1024 * 1024


def text_of(value):
    """A list of numbers: bytes that are no text. An app can give a message several times; they are a list then."""
    try:
        text = bytes(value).decode('utf-8', 'replace') if isinstance(value, list) else str(value)
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= LINE else text[:LINE] + '… (%d characters)' % len(text)


def main():
    asked = json.loads(sys.stdin.readline())
    argv = ['journalctl', '--no-pager', '--quiet', '--all', '-o', 'json', '--output-fields=MESSAGE,_SYSTEMD_UNIT']
    argv += ['-u', 'bramble-app-%s-*' % asked['app']]
    newest = ['-n', str(asked['lines'])] + (['--since', asked['since']] if asked.get('since') else [])
    prefix = 'bramble-app-%s-' % asked['app']
    began = int(time.time())
    kept, size, cursor = collections.deque(), 0, None
    for entry in entries(argv + newest):
        cursor = entry.get('__CURSOR', cursor)
        told = told_of(entry, prefix)
        if told is None:
            continue
        kept.append(told)
        size += len(told)
        while size > ALL:
            size -= len(kept.popleft())
    for told in kept:
        print(told)
    if not asked['follow']:
        return
    print('', flush=True)
    after = ['--after-cursor', cursor] if cursor else ['--since', '@%d' % began]
    for entry in entries(argv + after + ['--follow', '--no-tail'], until_closed):
        told = told_of(entry, prefix)
        if told is not None:
            print(told, flush=True)


def entries(argv, watch=lambda child: None):
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    watch(child)
    for line in child.stdout:
        yield json.loads(line)
    child.wait()


def until_closed(child):
    def end():
        sys.stdin.read()
        child.terminate()
    threading.Thread(target=end, daemon=True).start()


def told_of(entry, prefix):
    unit = entry.get('_SYSTEMD_UNIT', '')
    # Of systemd itself about the unit, there is none. "shop-a" is not an app "shop" with a process "a".
    part = unit[len(prefix):] if unit.startswith(prefix) else ''
    if not part or entry.get('MESSAGE') is None or not own(part):
        return None
    return json.dumps(dict(at=int(entry['__REALTIME_TIMESTAMP']), unit=part, text=text_of(entry['MESSAGE'])))


def own(part):
    return part.startswith(('a@', 'b@', 'release-', 'command-', 'cron-'))


main()
