class Patroni:
    """What the node's own Patroni says of itself, from its memory: it answers without etcd too."""

    def __init__(self, identity):
        self.http = Http(8008, identity)

    def ask(self):
        return parsed(self.http.ask('/patroni')[1])


class Members:
    """What etcd says of all members. They write there once a round, so asking more often tells nothing new."""

    def __init__(self, identity):
        self.http = Http(8008, identity)

    def ask(self):
        status, body = self.http.ask('/cluster', 4)
        if status != 200:
            raise Silent('Patroni cannot reach etcd')
        return parsed(body)


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        raise Silent('its answer is no JSON')
