# The log of an app's units from the journal: one JSON object a line. Standard input says which; when it closes, following ends.
# Standard library of Python 3.9.
import collections, json, os, signal, subprocess, sys, threading

# Characters of one line, and of all lines together where they are not followed: the oldest are left out.
LINE, ALL = 16 * 1024, 4 * 1024 * 1024


def text_of(value):
    text = bytes(value).decode('utf-8', 'replace') if isinstance(value, list) else str(value)
    return text if len(text) <= LINE else text[:LINE] + '… (%d characters)' % len(text)


def main():
    asked = json.loads(sys.stdin.readline())
    argv = ['journalctl', '--no-pager', '--quiet', '--all', '-o', 'json', '-n', str(asked['lines'])]
    argv += ['--output-fields=MESSAGE,_SYSTEMD_UNIT', '-u', 'bramble-app-%s-*' % asked['app']]
    if asked.get('since'):
        argv += ['--since', asked['since']]
    if asked['follow']:
        argv += ['--follow']
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if asked['follow']:
        def end():
            sys.stdin.read()
            child.terminate()
        threading.Thread(target=end, daemon=True).start()
    prefix = 'bramble-app-%s-' % asked['app']
    kept, size = collections.deque(), 0
    for line in child.stdout:
        entry = json.loads(line)
        unit = entry.get('_SYSTEMD_UNIT', '')
        # Of systemd itself about the unit, there is none. "shop-a" is not an app "shop" with a process "a".
        part = unit[len(prefix):] if unit.startswith(prefix) else ''
        if not part or entry.get('MESSAGE') is None or not own(part):
            continue
        told = json.dumps(dict(at=int(entry['__REALTIME_TIMESTAMP']), unit=part, text=text_of(entry['MESSAGE'])))
        if asked['follow']:
            print(told, flush=True)
            continue
        kept.append(told)
        size += len(told)
        while size > ALL:
            size -= len(kept.popleft())
    for told in kept:
        print(told)


def own(part):
    return part.startswith(('a@', 'b@', 'release-', 'command-', 'cron-'))


main()
