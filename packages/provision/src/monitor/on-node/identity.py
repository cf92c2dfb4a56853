import ssl


class Identity:
    """The node's own certificate towards its services; read again when it was renewed."""

    def __init__(self, ca, certificate, key):
        self.files = (ca, certificate, key)
        self.made, self.stamp, self.lock = None, None, threading.Lock()

    def context(self):
        ca, certificate, key = self.files
        with self.lock:
            try:
                stamp = [os.stat(path).st_mtime_ns for path in self.files]
                if stamp != self.stamp:
                    made = ssl.create_default_context(cafile=ca)
                    made.load_cert_chain(certificate, key)
                    self.made, self.stamp = made, stamp
            except (OSError, ssl.SSLError) as error:
                raise Silent('the node has no certificate yet (%s)' % error)
            return self.made
