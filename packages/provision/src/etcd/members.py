# etcd's members, asked and changed through whichever voter answers: argv says what, the answer is JSON on stdout.
# `list` and `wait` change nothing; `join`, `promote` and `remove` find done what was done before. Python 3.9 and its standard library only.
import json, os, ssl, sys, time, urllib.error, urllib.request
from concurrent.futures import ThreadPoolExecutor

CA, CERT, KEY = '/etc/bramble/ca.crt', '/etc/bramble/node.crt', '/etc/bramble/node.key'


class Refused(Exception):
    pass


def refuse(words):
    sys.stderr.write(words + '\n')
    sys.exit(3)


def call(endpoint, path, body, timeout):
    context = ssl.create_default_context(cafile=CA)
    context.load_cert_chain(CERT, KEY)
    request = urllib.request.Request('https://%s:2379/v3/cluster/member/%s' % (endpoint, path), json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=timeout, context=context) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            words = json.loads(error.read().decode('utf-8', 'replace'))
            raise Refused(str(words.get('message') or words.get('error')))
        except ValueError:
            raise Refused(str(error))


def attempt(endpoint, path, body, timeout):
    try:
        return call(endpoint, path, body, timeout), ''
    except (OSError, ValueError, Refused) as error:
        return None, '%s: %s' % (endpoint, error)


def ask(endpoints, patience=0):
    """All at once; the first that a majority stands behind is as good as any other. A change of the leader takes seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            return ask_once(endpoints)
        except Refused:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def ask_once(endpoints):
    with ThreadPoolExecutor(max(1, len(endpoints))) as pool:
        answers = list(pool.map(lambda one: attempt(one, 'list', dict(linearizable=True), 4), endpoints))
    found = next((answer for answer, _ in answers if answer), None)
    if found is None:
        raise Refused('no majority of etcd answers: ' + '; '.join(words for _, words in answers))
    return found['members'], [one for one, (answer, _) in zip(endpoints, answers) if answer]


def members(endpoints, patience=45):
    return [dict(id=one['ID'], name=one.get('name', ''), peer=(one.get('peerURLs') or [''])[0],
                 learner=bool(one.get('isLearner')), unstarted=not one.get('clientURLs'))
            for one in ask(endpoints, patience)[0]]


def change(endpoints, path, body):
    """Once, through the first voter that takes it."""
    words = []
    for endpoint in ask(endpoints, 45)[1]:
        answer, why = attempt(endpoint, path, body, 20)
        if answer is not None:
            return
        words.append(why)
    raise Refused('; '.join(words))


def passes(error):
    """Right after a change etcd elects, and wants to see its voters connected for some seconds."""
    return any(word in str(error) for word in ('unhealthy', 'leader', 'timed out', 'not enough started'))


def promote(endpoints, seconds=240):
    """etcd itself refuses a learner that is not in step; then it is asked again."""
    until, told = time.monotonic() + seconds, ''
    while True:
        learner = next((one for one in members(endpoints) if one['learner']), None)
        if learner is None:
            return
        try:
            change(endpoints, 'promote', dict(ID=learner['id']))
            print('promoted %s' % (learner['name'] or learner['peer']), flush=True)
        except Refused as error:
            if time.monotonic() > until:
                raise
            if str(error) != told:
                print('not yet: %s' % error, flush=True)
            told = str(error)
            time.sleep(1)


def join(name, peer, path, names, endpoints):
    """A learner first: it copies the store without a vote. etcd takes one at a time, so that of before gets its vote now."""
    now = members(endpoints)
    own = next((one for one in now if one['peer'] == peer), None)
    if own is not None and own['name']:
        raise Refused('etcd still has a member at %s, whose store is gone: it has to be taken out first' % peer)
    if own is None:
        if any(one['learner'] for one in now):
            promote(endpoints)
        until = time.monotonic() + 60
        while True:
            try:
                change(endpoints, 'add', dict(peerURLs=[peer], isLearner=True))
                break
            except Refused as error:
                if time.monotonic() > until or not passes(error):
                    raise
                time.sleep(2)
        now = members(endpoints)
    known = dict(names, **{one['peer']: one['name'] for one in now if one['name']})
    known[peer] = name
    words = ','.join('%s=%s' % (known.get(one['peer'], 'member-' + one['id']), one['peer']) for one in now)
    staged = path + '.new'
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(staged, 'w') as handle:
        handle.write('# Managed by Bramble. Local changes are overwritten. The settings of the first start of this member.\n'
                     'ETCD_INITIAL_CLUSTER="%s"\nETCD_INITIAL_CLUSTER_STATE="existing"\n' % words)
        handle.flush()
        os.fsync(handle.fileno())
    os.rename(staged, path)


def remove(ids, endpoints):
    for one in ids:
        until = time.monotonic() + 60
        while any(member['id'] == one for member in members(endpoints)):
            try:
                change(endpoints, 'remove', dict(ID=one))
                print('removed member %s' % one, flush=True)
            except Refused as error:
                if time.monotonic() > until or not passes(error):
                    raise
                time.sleep(2)


def main(do):
    endpoints = do['endpoints']
    if do['what'] == 'list':
        json.dump(members(endpoints, 0), sys.stdout)
    elif do['what'] == 'wait':
        members(endpoints, 120)
    elif do['what'] == 'join':
        join(do['name'], do['peer'], do['path'], do['names'], endpoints)
    elif do['what'] == 'promote':
        promote(endpoints)
    elif do['what'] == 'remove':
        remove(do['ids'], endpoints)


try:
    main(json.loads(sys.argv[1]))
except (Refused, OSError) as error:
    refuse(str(error))
