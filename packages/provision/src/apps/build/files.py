#!/usr/bin/python3 -I
# Managed by Bramble. Builds an app in a sandbox: `app-build FOLDER` as root, with the job in FOLDER/job.json.
# Python 3.9 and its standard library only.
import io, json, os, stat, subprocess, tarfile, time


class Ended(Exception):
    """The build is over; `result` says how: memory, time, disk, size, failed or cancelled."""

    def __init__(self, result, words):
        super().__init__(words)
        self.result = result


def remove(*paths):
    """Follows no link, takes folders of any depth, and says nothing of what stays."""
    subprocess.run(['rm', '-rf', '--', *paths], stderr=subprocess.DEVNULL)


def size_of(*folders):
    """Bytes on the disk. What goes away meanwhile counts as nothing."""
    total = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(place, name)).st_blocks * 512
                except OSError:
                    pass
    return total


class Bounded(io.BufferedWriter):
    """A file that leaves space on the disk, and is written in time."""

    def __init__(self, path, job):
        super().__init__(open(path, 'wb', buffering=0))
        self.job, self.until = job, time.monotonic() + job['seconds']

    def write(self, part):
        disk = os.statvfs(self.raw.name)
        if disk.f_bavail * disk.f_frsize < self.job['keepFreeMB'] * 1e6:
            raise Ended('disk', 'Free space on this node fell below %d MB while the result was packed.' % self.job['keepFreeMB'])
        if time.monotonic() > self.until:
            raise Ended('time', 'Packing the result took longer than %d seconds.' % self.job['seconds'])
        return super().write(part)


def pack(folder, job):
    total, linked = 0, set()
    for place, _, names in os.walk(folder + '/app'):
        for name in names:
            found = os.lstat(os.path.join(place, name))
            # A file with several names is packed once.
            if found.st_ino not in linked:
                total += found.st_size
            if found.st_nlink > 1:
                linked.add(found.st_ino)
        if total > job['resultMB'] * 1e6:
            raise Ended('size', 'The result of the build has more than %d MB.' % job['resultMB'])
    staged = folder + '/result.tar.gz.part'
    try:
        with Bounded(staged, job) as target:
            with tarfile.open(fileobj=target, mode='w:gz', compresslevel=1, format=tarfile.PAX_FORMAT) as archive:
                archive.add(folder + '/app', arcname='.')
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        raise Ended('disk', 'The result cannot be packed: %s.' % error)
    os.rename(staged, folder + '/result.tar.gz')
