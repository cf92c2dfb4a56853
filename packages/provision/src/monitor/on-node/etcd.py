class EtcdStatus:
    """The member's own view: leader, term, size, alarms. It answers without a quorum too."""

    def __init__(self, identity):
        self.http = Http(2379, identity)

    def ask(self):
        status, body = self.http.ask('/v3/maintenance/status', body=b'{}')
        if status != 200:
            raise Silent('it answers %d' % status)
        answer = json.loads(body)
        return dict(member=answer.get('header', {}).get('member_id', ''), leader=answer.get('leader', '0'),
                    term=answer.get('raftTerm'), size=answer.get('dbSize'), version=answer.get('version', ''),
                    errors=answer.get('errors', []))


class EtcdHealth:
    """Reads through the quorum, which hangs when there is none."""

    def __init__(self, identity):
        self.http = Http(2379, identity)

    def ask(self):
        try:
            status, body = self.http.ask('/health')
        except Silent as silent:
            return dict(health=False, reason=str(silent))
        answer = json.loads(body)
        return dict(health=status == 200 and answer.get('health') in ('true', True), reason=answer.get('reason', ''))


class EtcdFigures:
    """A few of its two thousand lines of metrics."""

    HISTOGRAMS = {b'etcd_disk_wal_fsync_duration_seconds_bucket': 'fsync', b'etcd_disk_backend_commit_duration_seconds_bucket': 'commit',
                  b'etcd_network_peer_round_trip_time_seconds_bucket': 'roundTrip'}
    NUMBERS = {b'etcd_server_leader_changes_seen_total': 'leaderChanges', b'etcd_server_proposals_pending': 'pending',
               b'etcd_server_proposals_failed_total': 'failed'}

    def __init__(self, identity):
        self.http = Http(2379, identity)

    def ask(self):
        status, body = self.http.ask('/metrics', 3)
        if status != 200:
            raise Silent('its metrics answer %d' % status)
        answer = {name: {} for name in self.HISTOGRAMS.values()}
        for line in body.split(b'\n'):
            if not line.startswith(b'etcd_'):
                continue
            name = line[:min(at for at in (line.find(b'{'), line.find(b' ')) if at > 0)]
            if name in self.NUMBERS:
                answer[self.NUMBERS[name]] = float(line.rpartition(b' ')[2])
            elif name in self.HISTOGRAMS:
                # Peers are added up: one figure for the way to the others.
                bound = line.partition(b'le="')[2].partition(b'"')[0].decode()
                buckets = answer[self.HISTOGRAMS[name]]
                buckets[bound] = buckets.get(bound, 0) + float(line.rpartition(b' ')[2])
        return answer
