#!/usr/bin/python3 -I
"""Tells Bramble that this node boots, and then that it is ready. Signed with the SSH host key of its card.

Constant: what differs from node to node stands in /etc/bramble/card.json. Needs no right clock and no name server.
"""
import fcntl
import http.client
import json
import os
import socket
import subprocess
import time
import urllib.parse

CARD = "/etc/bramble/card.json"
KEY = "/etc/bramble/ssh_host_ed25519_key"
READY = "/var/lib/bramble/first-boot"
ARRIVED = "/var/lib/bramble/arrived"
PAUSE = 3
FIRST_BOOT = 30 * 60
LATER_BOOT = 2 * 60


def say(text):
    print(text, flush=True)


def base_of(url):
    parts = urllib.parse.urlsplit(url)
    secure = parts.scheme == "https"
    return parts.hostname, parts.port or (443 if secure else 80), secure, parts.path.rstrip("/")


def own_address(host, port):
    """The IPv4 address that packets to the host leave from; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, port))
        return probe.getsockname()[0]


def sign(text):
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "bramble-arrival", "-f", KEY]
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0:
        raise OSError("ssh-keygen: " + done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("ascii")


def post(url, card, stage, boot_id):
    host, port, secure, path = base_of(url)
    address = own_address(host, port)
    text = "bramble-arrival v1\n%s\n%s\n%s\n%s\n" % (card, stage, address, boot_id)
    arrival = {"card": card, "stage": stage, "address": address, "bootId": boot_id, "signature": sign(text)}
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, port, timeout=5)
    try:
        connection.request("POST", path + "/arrivals", json.dumps(arrival), {"Content-Type": "application/json"})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 204:
        raise OSError("%s answers %d" % (url, status))


def tell(urls, card, stage, boot_id, until, late=lambda: False):
    """Asks at least once, then until somebody took it (True), it is too late for the stage, or time is up."""
    told = None
    while True:
        for url in urls:
            try:
                post(url, card, stage, boot_id)
                say("%s: %s knows" % (stage, url))
                return True
            except (OSError, http.client.HTTPException, ValueError, subprocess.SubprocessError) as error:
                if str(error) != told:
                    told = str(error)
                    say("%s: not yet: %s" % (stage, told))
        if late() or time.monotonic() >= until:
            say("%s: nobody took it" % stage)
            return False
        time.sleep(PAUSE)


def ssh_answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as door:
            door.settimeout(2)
            return door.recv(4) == b"SSH-"
    except OSError:
        return False


def ready(port):
    return os.path.exists(READY) and ssh_answers(port)


def main():
    # The first boot starts it early and once more with the unit: one is enough.
    lock = open("/run/bramble-call-home.lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return say("another one is at it")
    with open(CARD, encoding="utf-8") as file:
        card = json.load(file)
    if not card["urls"]:
        return say("nobody to call")
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot_id = file.read().strip()
    first = not os.path.exists(ARRIVED)
    until = time.monotonic() + (FIRST_BOOT if first else LATER_BOOT)
    if first:
        tell(card["urls"], card["card"], "booting", boot_id, until, late=lambda: ready(card["port"]))
    while not ready(card["port"]) and time.monotonic() < until:
        time.sleep(1)
    if tell(card["urls"], card["card"], "online", boot_id, until) and first:
        with open(ARRIVED, "w", encoding="ascii") as file:
            file.write(boot_id + "\n")


if __name__ == "__main__":
    main()
