# The log of an app's units from the journal: one JSON object a line. Standard input says which; when it closes, following ends.
# Standard library of Python 3.9.
import json, os, signal, subprocess, sys, threading


def text_of(value):
    return bytes(value).decode('utf-8', 'replace') if isinstance(value, list) else str(value)


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
    for line in child.stdout:
        entry = json.loads(line)
        unit = entry.get('_SYSTEMD_UNIT', '')
        # Of systemd itself about the unit, there is none. "shop-a" is not an app "shop" with a process "a".
        part = unit[len(prefix):] if unit.startswith(prefix) else ''
        if not part or entry.get('MESSAGE') is None or not own(part):
            continue
        print(json.dumps(dict(at=int(entry['__REALTIME_TIMESTAMP']), unit=part, text=text_of(entry['MESSAGE']))), flush=True)


def own(part):
    return part.startswith(('a@', 'b@', 'release-', 'command-', 'cron-'))


main()
