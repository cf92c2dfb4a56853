VCGENCMD = next((path for path in ('/usr/bin/vcgencmd', '/opt/vc/bin/vcgencmd') if os.path.exists(path)), None)


class Board:
    """What the Pi's firmware and sensors say. A container sees its host's sensors: there only the firmware is asked."""

    def ask(self):
        return dict(temperature=self.temperature(), frequency=self.frequency(), throttled=self.throttled())

    def temperature(self):
        if not CONTAINER:
            for zone in sorted(os.listdir('/sys/class/thermal')) if os.path.isdir('/sys/class/thermal') else []:
                if text('/sys/class/thermal/%s/type' % zone).strip() in ('cpu-thermal', 'x86_pkg_temp', 'acpitz'):
                    return int(text('/sys/class/thermal/%s/temp' % zone) or 0) / 1000
        return self.firmware(r'temp=([\d.]+)', 'measure_temp')

    def frequency(self):
        kilohertz = '' if CONTAINER else text('/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq').strip()
        return int(kilohertz) * 1000 if kilohertz.isdigit() else self.firmware(r'=(\d+)', 'measure_clock', 'arm')

    def throttled(self):
        if not VCGENCMD:
            return None
        said = re.search(r'throttled=0x([0-9a-fA-F]+)', call([VCGENCMD, 'get_throttled'], 1.5))
        return int(said.group(1), 16) if said else None

    def firmware(self, pattern, *words):
        if not VCGENCMD:
            return None
        said = re.search(pattern, call([VCGENCMD, *words], 1.5))
        return float(said.group(1)) if said else None


class Card:
    """Errors of the disk that the system is on, from the kernel's log since the boot, and its wear where it tells."""

    FAULT = re.compile(r'I/O error, dev (\w+)|^(mmc(?:blk)?\d+\w*): .*\b(?:error|timeout|timed out)\b'
                       r'|EXT4-fs error \(device (\w+)\)|Buffer I/O error on dev(?:ice)? (\w+)', re.I)

    def __init__(self):
        self.errors, self.rest, self.log = 0, b'', None
        try:
            self.log = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            pass

    def ask(self):
        self.read_log()
        return dict(errors=self.errors, wear=self.wear())

    def read_log(self):
        while self.log is not None:
            try:
                part = os.read(self.log, 16384)
            except BlockingIOError:
                return
            except BrokenPipeError:
                # The kernel wrote over what was not read yet; the next read goes on with the oldest that is left.
                continue
            except OSError:
                return
            if not part:
                return
            lines = (self.rest + part).split(b'\n')
            self.rest = lines.pop()
            for line in lines:
                head, _, message = line.partition(b';')
                # Facility 0 is the kernel: whatever programs write here is not counted.
                if head.split(b',')[0].isdigit() and int(head.split(b',')[0]) < 8 and self.is_ours(message.decode('utf-8', 'replace')):
                    self.errors += 1

    def is_ours(self, message):
        found = self.FAULT.search(message)
        if not found:
            return False
        name = next(group for group in found.groups() if group)
        # `mmc0` is the host of the card `mmcblk0`; a partition begins with its disk's name.
        return DISK is None or name.startswith(DISK) or DISK == name.replace('mmc', 'mmcblk')

    def wear(self):
        """eMMC tells two figures in steps of a tenth, `0x01` for up to 10 %; 0 is `not defined`."""
        steps = [int(word, 16) for word in text('/sys/block/%s/device/life_time' % DISK).split()] if DISK else []
        return min(1.0, max(steps) / 10) if any(steps) else None
