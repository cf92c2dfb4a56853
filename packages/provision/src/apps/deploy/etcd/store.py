# One request to etcd's JSON gateway, through whichever member answers: JSON on standard input, the answer on standard output.
# Only the standard library of Python 3.9.
import json, ssl, sys, urllib.error, urllib.request

CA, CERT, KEY = '/etc/bramble/ca.crt', '/etc/bramble/node.crt', '/etc/bramble/node.key'


def call(endpoint, path, body):
    context = ssl.create_default_context(cafile=CA)
    context.load_cert_chain(CERT, KEY)
    request = urllib.request.Request('https://%s:2379/v3/%s' % (endpoint, path), json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=6, context=context) as answer:
        return json.load(answer)


def words(error):
    if not isinstance(error, urllib.error.HTTPError):
        return str(error)
    try:
        told = json.loads(error.read().decode('utf-8', 'replace'))
        return str(told.get('message') or told.get('error'))
    except ValueError:
        return str(error)


def main(asked):
    reasons = []
    for endpoint in asked['endpoints']:
        try:
            return call(endpoint, asked['path'], asked['body'])
        except (OSError, ValueError) as error:
            reason = words(error)
            # It is an answer: asking another member gives the same one.
            if 'lease not found' in reason:
                return dict(missing=True)
            reasons.append('%s: %s' % (endpoint, reason))
    sys.stderr.write('; '.join(reasons) + '\n')
    sys.exit(3)


json.dump(main(json.load(sys.stdin)), sys.stdout)
