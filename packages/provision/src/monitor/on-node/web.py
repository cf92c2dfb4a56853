class Web:
    """The site on this node, as HAProxy asks it."""

    def __init__(self):
        self.http = Http(8000)

    def ask(self):
        return self.http.ask('/health')[0]
