# What a node has to do about apps: etcd's records against what runs. Pure: it reads no clock, no file and no socket.
# Put below programs of the node; Python 3.9 and its standard library only.


def wanted_slots(records, node):
    """(app, slot) to the record whose release runs there. `records`: app to dict(serving=…, next=…, claimed=bool)."""
    wanted = {}
    for app, known in records.items():
        serving, coming = known.get('serving'), known.get('next')
        if serving and node in serving['nodes']:
            wanted[app, serving['slot']] = serving
        if not coming or not known.get('claimed') or node not in coming['nodes']:
            continue
        # A deploy uses the idle slot; one that names the slot that serves is not believed.
        if not (serving and coming['slot'] == serving['slot']) and coming['phase'] in ('starting', 'switching'):
            wanted[app, coming['slot']] = coming
    return wanted


def decide(records, node, running, present, idle, drain):
    """
    Actions in order. `running`: (app, slot) to the release that runs. `present`: set of (app, release) whose files are here.
    `idle`: (app, slot) to the seconds since it stopped being wanted. `drain`: seconds until such a slot is stopped.
    `records` None: no majority of etcd answers, so nothing is started and nothing is stopped.
    """
    if records is None:
        return []
    actions = []
    wanted = wanted_slots(records, node)
    for key in sorted(wanted):
        app, slot = key
        release = wanted[key]['release']
        if running.get(key) == release:
            continue
        if (app, release) not in present:
            actions.append(('missing', app, slot, release))
        elif key in running:
            actions.append(('replace', app, slot, release))
        else:
            actions.append(('start', app, slot, release))
    for key in sorted(running):
        if key in wanted:
            continue
        known = records.get(key[0], {})
        # Without a serving release there is nothing that it could be drained in favor of.
        if not known.get('serving') or idle.get(key, 0) >= drain:
            actions.append(('stop', key[0], key[1], running[key]))
    return actions


def server_states(records, nodes):
    """(backend, server) to HAProxy's word, of every pre-declared server. None: nothing is known, so nothing is said."""
    if records is None:
        return None
    states = {}
    for app, known in records.items():
        serving = known.get('serving')
        for node in nodes:
            for slot in 'ab':
                ready = bool(serving) and serving['slot'] == slot and node in serving['nodes']
                states['app-' + app, '%s-%s' % (node, slot)] = 'ready' if ready else 'drain' if serving else 'maint'
    return states
