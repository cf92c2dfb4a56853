#!/usr/bin/python3 -I
# Managed by Bramble. Starts a process of an app: its command is in the file of the slot, never part of a unit.
import json, os, sys

with open(sys.argv[1]) as handle:
    slot = json.load(handle)
command = slot['processes'][sys.argv[2]]
# What frameworks expect of a server; the app's own environment has the last word.
for name, value in dict(
    NODE_ENV='production', RAILS_ENV='production', RACK_ENV='production', RAILS_LOG_TO_STDOUT='1', RAILS_SERVE_STATIC_FILES='1',
    BOOTSNAP_READONLY='1', PYTHONUNBUFFERED='1',
).items():
    os.environ.setdefault(name, value)
# What a build put into the release: a newer Node, npm's and pip's programs, Python's modules.
release = os.getcwd()
programs = [release + '/' + name for name in ('.node/bin', 'node_modules/.bin', '.python/bin')]
path = os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')
os.environ['PATH'] = ':'.join([folder for folder in programs if os.path.isdir(folder)] + [path])
if os.path.isdir(release + '/.python'):
    modules = os.environ.get('PYTHONPATH')
    os.environ['PYTHONPATH'] = release + '/.python' + (':' + modules if modules else '')
if sys.argv[2] != 'web':
    os.environ.pop('PORT', None)
# The shell of the app's own sandbox reads the line that its owner wrote.
os.execv('/bin/sh', ['/bin/sh', '-c', command])
