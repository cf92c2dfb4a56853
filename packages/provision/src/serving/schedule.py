# When scheduled commands are due: the five fields of cron, in the node's local time. Pure.
# Put below programs of the node; Python 3.9 and its standard library only.
import time

MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split()
DAYS = 'sun mon tue wed thu fri sat'.split()
# First, last, names.
FIELDS = ((0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 7, DAYS))
SHORTHANDS = {'@hourly': '0 * * * *', '@daily': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *',
              '@yearly': '0 0 1 1 *'}


def values(text, first, last, names):
    """The numbers that one field stands for. ValueError: it cannot be read."""
    number = lambda word: names.index(word.lower()) + first if word.lower() in names else int(word)
    found = set()
    for part in text.split(','):
        span, _, step = part.partition('/')
        if span == '*':
            begin, end = first, last
        else:
            begin, _, end = span.partition('-')
            # As cron has it: a step without an end goes on to the last one.
            begin, end = number(begin), number(end) if end else last if step else number(begin)
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def parse(schedule):
    """Five sets of numbers, and which of the two fields of days are restricted."""
    parts = SHORTHANDS.get(schedule, schedule).split()
    if len(parts) != 5:
        raise ValueError(schedule)
    sets = [values(part, *field) for part, field in zip(parts, FIELDS)]
    return sets, not parts[2].startswith('*'), not parts[4].startswith('*'), parts[1].startswith('*')


def matches(schedule, moment):
    """`moment`: as of time.localtime. Of two restricted fields of days, one is enough."""
    (minutes, hours, days, months, weekdays), by_day, by_weekday, _ = parse(schedule)
    if moment.tm_min not in minutes or moment.tm_hour not in hours or moment.tm_mon not in months:
        return False
    weekday = (moment.tm_wday + 1) % 7
    on_day, on_weekday = moment.tm_mday in days, weekday in weekdays or (weekday == 0 and 7 in weekdays)
    return (on_day or on_weekday) if by_day and by_weekday else on_day and on_weekday


def due(schedule, now, since, last, grace=300):
    """
    The minute, in seconds since 1970, whose turn it is; None: it is none's. Only after `since`, after `last` (the one that ran
    last, or None), and at most `grace` seconds ago: what nobody could start by then is not made up for.
    """
    minute = int(now) // 60 * 60
    for at in range(minute, minute - grace, -60):
        if at < since or (last is not None and at <= last):
            return None
        if matches(schedule, time.localtime(at)):
            return None if twice(schedule, at, last) else at
    return None


def twice(schedule, at, last):
    """When clocks are set back an hour comes twice, and what is due at an hour has its turn once."""
    wall = lambda seconds: time.strftime('%Y-%m-%d %H:%M', time.localtime(seconds))
    return last is not None and not parse(schedule)[3] and wall(at) == wall(last)
