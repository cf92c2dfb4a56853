#!/usr/bin/python3 -I
# Managed by Bramble. Starts a process of an app: its command is in the file of the slot, never part of a unit.
import json, os, sys

with open(sys.argv[1]) as handle:
    slot = json.load(handle)
command = slot['processes'][sys.argv[2]]
if sys.argv[2] != 'web':
    os.environ.pop('PORT', None)
# The shell of the app's own sandbox reads the line that its owner wrote.
os.execv('/bin/sh', ['/bin/sh', '-c', command])
