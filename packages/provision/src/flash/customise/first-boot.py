#!/usr/bin/python3 -I
"""The first boot of a card that Bramble wrote. Constant: what differs stands in first-boot.json beside it.

`install`: from the kernel command line (images without cloud-init). Sets everything up, then the Pi reboots.
`finish`: the last command of cloud-init. Both end with the secrets wiped from the boot partition, which every
user of the Pi and every computer can read.
"""
import glob
import grp
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import traceback

KEY = "/etc/bramble/ssh_host_ed25519_key"
READY = "/var/lib/bramble/first-boot"
LOG = "/var/log/bramble-first-boot.log"
GROUPS = "adm dialout cdrom audio users sudo video games plugdev input gpio spi i2c netdev render lpadmin".split()


def note(text):
    print(text, flush=True)
    with open(LOG, "a", encoding="utf-8") as file:
        file.write(text + "\n")


def boot_folder():
    for folder in ("/boot/firmware", "/boot"):
        if os.path.exists(folder + "/bramble.json"):
            return folder
    raise FileNotFoundError("no boot partition with bramble.json is mounted")


def run(*argv, stdin=None):
    done = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    if done.returncode != 0:
        raise OSError("%s: %d %s" % (" ".join(argv[:3]), done.returncode, done.stdout.strip()[-500:]))


def put(path, text, mode):
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    fresh = path + ".bramble-new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def each(*steps):
    """One step that fails keeps no other from its work: a node that can be reached can be mended."""
    for step, arguments in steps:
        try:
            step(*arguments)
        except Exception:
            note("%s failed:\n%s" % (step.__name__, traceback.format_exc()))


def files(wanted):
    for file in wanted:
        put(file["path"], file["content"], int(file["mode"], 8))


def hostname(name):
    old = open("/etc/hostname", encoding="utf-8").read().strip() if os.path.exists("/etc/hostname") else ""
    put("/etc/hostname", name + "\n", 0o644)
    lines = open("/etc/hosts", encoding="utf-8").read().splitlines() if os.path.exists("/etc/hosts") else ["127.0.0.1\tlocalhost"]
    kept = [line for line in lines if not line.startswith("127.0.1.1")]
    put("/etc/hosts", "\n".join(kept + ["127.0.1.1\t" + name]) + "\n", 0o644)
    note("host name %s, was %s" % (name, old))


def user(name, key):
    try:
        first = pwd.getpwuid(1000).pw_name
    except KeyError:
        first = None
    if os.path.exists("/usr/lib/userconf-pi/userconf"):
        # `*` is no password's hash: nobody signs in with one, and the first-boot wizard has its answer.
        run("/usr/lib/userconf-pi/userconf", name, "*")
    elif first and first != name:
        run("usermod", "-l", name, "-d", "/home/" + name, "-m", first)
        run("groupmod", "-n", name, first)
    if not exists(name):
        run("useradd", "-m", "-s", "/bin/bash", "-p", "*", name)
    known = {group.gr_name for group in grp.getgrall()}
    run("usermod", "-p", "*", "-a", "-G", ",".join(group for group in GROUPS if group in known), name)
    put("/etc/sudoers.d/010-bramble", "# Managed by Bramble. Local changes are overwritten.\n%s ALL=(ALL:ALL) NOPASSWD: ALL\n" % name, 0o440)
    place = pwd.getpwnam(name)
    folder = place.pw_dir + "/.ssh"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    put(folder + "/authorized_keys", key + "\n", 0o600)
    for path in (folder, folder + "/authorized_keys"):
        os.chown(path, place.pw_uid, place.pw_gid)


def exists(name):
    try:
        pwd.getpwnam(name)
        return True
    except KeyError:
        return False


def timezone(name):
    if not os.path.isfile("/usr/share/zoneinfo/" + name):
        raise FileNotFoundError("no time zone " + name)
    if os.path.lexists("/etc/localtime"):
        os.unlink("/etc/localtime")
    os.symlink("/usr/share/zoneinfo/" + name, "/etc/localtime")
    put("/etc/timezone", name + "\n", 0o644)


def keyboard(layout):
    lines = ['XKBMODEL="pc105"', 'XKBLAYOUT="%s"' % layout, 'XKBVARIANT=""', 'XKBOPTIONS=""', 'BACKSPACE="guess"']
    put("/etc/default/keyboard", "\n".join(lines) + "\n", 0o644)


def locale(name):
    text = open("/etc/locale.gen", encoding="utf-8").read()
    wanted = name + " UTF-8"
    if wanted not in text.splitlines():
        put("/etc/locale.gen", re.sub(r"(?m)^# *%s$" % re.escape(wanted), wanted, text), 0o644)
        run("locale-gen")
    put("/etc/default/locale", "LANG=%s\n" % name, 0o644)


def radio():
    for path in glob.glob("/var/lib/systemd/rfkill/*:wlan"):
        with open(path, "w", encoding="ascii") as file:
            file.write("0\n")


def host_key():
    """The image makes host keys of its own when it boots first: ours stays alone."""
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        with open(KEY + suffix, encoding="ascii") as file:
            put("/etc/ssh/ssh_host_ed25519_key" + suffix, file.read(), mode)
    for path in glob.glob("/etc/ssh/ssh_host_*"):
        if not path.startswith("/etc/ssh/ssh_host_ed25519_key"):
            os.unlink(path)


def wipe(path, text=b""):
    """Writes over a file where it lies, then leaves it with the text; removes it when there is none."""
    if not os.path.exists(path):
        return
    with open(path, "r+b", buffering=0) as file:
        file.write(text.ljust(os.fstat(file.fileno()).st_size, b"\n"))
        os.fsync(file.fileno())
    if not text:
        os.unlink(path)


def wipe_secrets():
    boot = boot_folder()
    for name in ("user-data", "network-config"):
        calm = "%s/bramble/%s" % (boot, name)
        if os.path.exists(calm):
            with open(calm, "rb") as file:
                wipe("%s/%s" % (boot, name), file.read())
    for path in glob.glob(boot + "/bramble/*"):
        wipe(path)
    shutil.rmtree(boot + "/bramble", ignore_errors=True)


def mend_command_line():
    path = boot_folder() + "/cmdline.txt"
    with open(path, "r+b", buffering=0) as file:
        old = file.read()
        kept = [word for word in old.split() if not word.startswith((b"systemd.run", b"systemd.unit="))]
        # In its place and of its length: without power in between, the firmware still finds a whole line.
        file.seek(0)
        file.write(b" ".join(kept).ljust(len(old) - 1) + b"\n")
        os.fsync(file.fileno())


def ready():
    put(READY, "done\n", 0o644)


def install():
    with open(boot_folder() + "/bramble/first-boot.json", encoding="utf-8") as file:
        card = json.load(file)
    each(
        (files, [card["files"]]),
        (host_key, []),
        (user, [card["user"], card["authorizedKey"]]),
        (hostname, [card["hostname"]]),
        (timezone, [card["timezone"]]),
        (keyboard, [card["keyboard"]]),
        (locale, [card["locale"]]),
        (radio, []),
        (run, ["systemctl", "enable", "ssh.service"]),
        (run, ["systemctl", "enable", "bramble-call-home.service"]),
        (ready, []),
        # Before its program goes: a line that names a program that is gone would never boot again.
        (mend_command_line, []),
        (wipe_secrets, []),
    )


def finish():
    each(
        (host_key, []),
        (run, ["systemctl", "daemon-reload"]),
        (run, ["systemctl", "enable", "ssh.service", "bramble-call-home.service"]),
        # One that an image starts early may still show the key it made itself. Sessions survive.
        (run, ["systemctl", "restart", "ssh.service"]),
        (wipe_secrets, []),
        (ready, []),
        (run, ["systemctl", "start", "--no-block", "bramble-call-home.service"]),
    )


def main():
    what = {"install": install, "finish": finish}[sys.argv[1] if len(sys.argv) > 1 else "install"]
    os.umask(0o022)
    try:
        what()
        os.sync()
    except Exception:
        note(traceback.format_exc())


if __name__ == "__main__":
    # Always 0: anything else on the kernel command line would switch the Pi off.
    main()
