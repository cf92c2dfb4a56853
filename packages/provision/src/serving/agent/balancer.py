# HAProxy on this node: which servers of apps get requests. It forgets with each restart, and is told again.

BACKEND, SERVER, ADDRESS, ADMIN, PORT = 1, 3, 4, 6, 18
MAINT, DRAIN = 0x01, 0x08
LONGEST_DRAIN = 300


class Balancer:
    def __init__(self):
        self.draining = {}

    def servers(self):
        """(backend, server) to (address, port, asked) of every server of an app. OSError: HAProxy does not answer."""
        found = {}
        for line in command('web', 'show servers state').splitlines():
            row = line.split()
            if len(row) > PORT and row[BACKEND].startswith('app-'):
                flags = int(row[ADMIN])
                asked = 'maint' if flags & MAINT else 'drain' if flags & DRAIN else 'ready'
                found[row[BACKEND], row[SERVER]] = (row[ADDRESS], int(row[PORT]), asked)
        return found

    def sessions(self):
        rows = table(command('web', 'show stat -1 4 -1'))
        return {(row['pxname'], row['svname']): int(row['scur'] or 0) for row in rows}

    def wanted(self, records, reports, found, now):
        """(backend, server) to (port or None, state). A drained server without sessions goes into maintenance."""
        wanted, sessions = {}, None
        for key, (_, _, asked) in found.items():
            state, port = server_state(records, reports, *key), None
            if state == 'ready' and key[1] != MAINTENANCE:
                serving = records[key[0][len('app-'):]]['serving']
                port = port_of(serving, serving['slot'])
            if state != 'drain':
                self.draining.pop(key, None)
            elif asked == 'maint':
                state = 'maint'
            else:
                since = self.draining.setdefault(key, now)
                if asked == 'drain':
                    sessions = self.sessions() if sessions is None else sessions
                    if not sessions.get(key) or now - since > LONGEST_DRAIN:
                        state = 'maint'
            wanted[key] = (port, state)
        return wanted

    def sync(self, records, reports, now):
        """Tells HAProxy what is to change; returns app to the generation that it sends requests to."""
        found = self.servers()
        wanted = self.wanted(records, reports, found, now)
        order = {'ready': 0, 'drain': 1, 'maint': 2}
        said = []
        for key in sorted(wanted, key=lambda one: (order[wanted[one][1]], one)):
            (address, at, asked), (port, state) = found[key], wanted[key]
            name = '%s/%s' % key
            if port is not None and at != port:
                said.append('set server %s addr %s port %d' % (name, address, port))
            if asked != state:
                said.append('set server %s state %s' % (name, state))
        for one in said:
            words = command('web', one).strip()
            print('haproxy: %s%s' % (one, ': ' + words if words else ''), flush=True)
        if said:
            found = self.servers()
        agreed = {}
        for app, known in records.items():
            own = [key for key in wanted if key[0] == 'app-' + app]
            right = all((wanted[key][1] == 'ready') == (found[key][2] == 'ready') and wanted[key][0] in (None, found[key][1])
                        for key in own if key in found)
            if own and right and known.get('serving'):
                agreed[app] = known['serving']['generation']
        return agreed
