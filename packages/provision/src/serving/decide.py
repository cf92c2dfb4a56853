# What a node has to do about apps: etcd's records against what runs. Pure: it reads no clock, no file and no socket.
# Put below programs of the node; Python 3.9 and its standard library only.


# Of every backend: while it is ready, HAProxy answers with the maintenance page.
MAINTENANCE = 'maintenance'


def identity(record):
    """Two records with the same one need the same processes in a slot. A restart has another generation only."""
    return (record['release'], record['environment'], record['port'], record.get('generation'))


def availability(known):
    """What people asked of the app: `running`, `stopped`, or `maintenance` (it runs, and visitors get a page)."""
    return (known.get('availability') or {}).get('state', 'running')


def wanted_slots(records, node):
    """(app, slot) to the record whose release runs there. `records`: app to dict(serving=…, next=…, claimed=bool)."""
    wanted = {}
    for app, known in records.items():
        serving, coming = known.get('serving'), known.get('next')
        if serving and node in serving['nodes'] and availability(known) != 'stopped':
            wanted[app, serving['slot']] = serving
        if not coming or not known.get('claimed') or node not in coming['nodes']:
            continue
        # A deploy uses the idle slot; one that names the slot that serves is not believed.
        if not (serving and coming['slot'] == serving['slot']) and coming['phase'] in ('starting', 'switching'):
            wanted[app, coming['slot']] = coming
    return wanted


def decide(records, node, running, present, drained):
    """
    Actions in order, as (verb, app, slot). `running`: (app, slot) to the identity of what runs there. `present`: set of
    (app, release, environment) whose files are here. `drained`: the slots that may be stopped if nobody wants them.
    `records` None: no majority of etcd answers, so nothing is started and nothing is stopped.
    """
    if records is None:
        return []
    actions = []
    wanted = wanted_slots(records, node)
    for key in sorted(wanted):
        record = wanted[key]
        if running.get(key) == identity(record):
            continue
        # etcd lost it: what runs goes on, and nothing is started on the word of a memory.
        if record is records[key[0]].get('serving') and records[key[0]].get('lost'):
            continue
        # What HAProxy would take for the wanted release is on the same port: it goes first, also when the other is missing.
        if key in running:
            actions.append(('stop',) + key)
        elif (key[0], record['release'], record['environment']) not in present:
            actions.append(('missing',) + key)
        else:
            actions.append(('start',) + key)
    for key in sorted(running):
        if key not in wanted and key in drained:
            actions.append(('stop',) + key)
    return actions


def may_serve(serving, reports, node):
    """
    Whether a balancer sends requests to the serving slot of a node. A node that was cut off may still run an older release
    in it: what its agent says it runs must be what serves. If no agent reports, HAProxy's own checks have to do.
    """
    if node not in serving['nodes']:
        return False
    if not any(name in reports for name in serving['nodes']):
        return True
    slot = reports.get(node, {}).get('slots', {}).get('%s/%s' % (serving['app'], serving['slot']))
    same = slot and slot['release'] == serving['release'] and slot['environment'] == serving['environment']
    return bool(same) and slot['state'] in ('ready', 'failed')


def server_state(records, reports, backend, server):
    """HAProxy's word for a pre-declared server: `ready`, `drain` (another release serves, or none) or `maint`."""
    known = records.get(backend[len('app-'):], {})
    is_closed = availability(known) != 'running'
    if server == MAINTENANCE:
        return 'ready' if is_closed else 'maint'
    node, _, slot = server.rpartition('-')
    serving = known.get('serving')
    if not serving:
        return 'maint'
    if is_closed:
        return 'drain'
    return 'ready' if slot == serving['slot'] and may_serve(serving, reports, node) else 'drain'


def port_of(record, slot):
    return record['port'] + (slot == 'b')
