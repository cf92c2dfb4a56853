# What served when etcd was read last, kept on the card. An etcd that was made anew knows nothing, and that is no reason to stop.

MEMORY = os.environ.get('BRAMBLE_APPS_MEMORY', '/var/lib/bramble/apps-serving.json')
# Seconds until the nodes write again what they agree on.
AGREED = 30


class Memory:
    def __init__(self):
        self.serving, self.lost = {}, {}
        try:
            with open(MEMORY) as handle:
                self.serving = {app: one for app, one in json.load(handle).items() if sound(one)}
        except (OSError, ValueError, KeyError, AttributeError):
            pass

    def fill(self, records, now):
        """
        Takes in what serves, and puts what served last where etcd says nothing of it: marked `lost`, which continues what runs
        and starts nothing. Only `removed` ends an app.
        """
        kept = dict(self.serving)
        for app, known in records.items():
            if known.get('serving'):
                kept[app] = known['serving']
            elif known.get('removed'):
                kept.pop(app, None)
        self.keep({app: one for app, one in kept.items() if app in records})
        absent = [app for app, known in records.items() if not known.get('serving') and app in self.serving]
        self.lost = {app: self.lost.get(app, now) for app in absent}
        return {app: dict(known, serving=self.serving[app], lost=True) if app in self.lost else known
                for app, known in records.items()}

    def keep(self, serving):
        if serving == self.serving:
            return
        self.serving = serving
        os.makedirs(os.path.dirname(MEMORY), exist_ok=True)
        put(MEMORY, json.dumps(serving, indent=1, sort_keys=True) + '\n', 0o600)

    def agreed(self, reports, now):
        """Records that may be written to etcd again: most of their nodes run exactly that, and none runs another one."""
        found = []
        for app, since in self.lost.items():
            record = self.serving[app]
            slots = {node: report.get('slots', {}).get('%s/%s' % (app, record['slot'])) for node, report in reports.items()}
            said = {node: slot for node, slot in slots.items() if slot and slot['state'] != 'missing'}
            same = [node for node, slot in said.items() if node in record['nodes'] and all(
                slot[key] == record[key] for key in ('release', 'environment', 'generation'))]
            if now - since > AGREED and len(same) == len(said) and 2 * len(same) > len(record['nodes']):
                found.append(record)
        return found
