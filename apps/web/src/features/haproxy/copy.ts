/** Words of the HAProxy page: what each chart shows, what is good, when to worry. */

export const haproxy = {
  title: 'HAProxy',
  vip: {
    title: 'Virtual IP holder',
    hint: 'Exactly one node should hold it. A gap is an outage for every client; two at once is a split network.',
    says: { holds: 'holds it', waits: 'standby' },
  },
  now: {
    label: 'Right now',
    holder: 'Virtual IP',
    nobody: 'No holder',
    nobodyText: 'Clients cannot reach the cluster.',
    several: (nodes: string) => `On ${nodes}`,
    severalText: 'Held more than once: the load balancers cannot reach each other.',
    unknown: 'Not known yet',
    version: (version: string) => `HAProxy ${version}`,
    since: 'up for',
    site: 'Site',
    readWrite: 'Port 5000',
    readOnly: 'Port 5001',
    up: (up: number, all: number) => `${up} of ${all}`,
    webText: 'web nodes in service',
    primaryText: (server: string) => `routed to ${server}`,
    noPrimary: 'no primary: writes fail',
    replicasText: 'replicas in service',
    noReplicas: 'no replica: routed to the primary',
    disagree: 'Disagreements',
    disagreeText: (count: number) =>
      count === 0
        ? 'load balancers agree'
        : count === 1
          ? 'on one server, see below'
          : `on ${count} servers, see below`,
  },
  frontends: {
    title: 'Frontends',
    text: 'All load balancers together, unless a chart says otherwise.',
    names: {
      site: 'site (80, 443)',
      'postgres-read-write': 'read-write (5000)',
      'postgres-read-only': 'read-only (5001)',
    },
    responses: {
      title: 'HTTP responses',
      hint: 'Requests per second by status. Amber: client errors. Red: errors of the site or on the path to it.',
      classes: { '2xx': '2xx success', '3xx': '3xx redirect', '4xx': '4xx client error', '5xx': '5xx server error' },
    },
    sessions: {
      title: 'Open sessions',
      hint: 'Connections right now. A slow rise without more requests means that a client does not close connections.',
    },
    rate: {
      title: 'New sessions',
      hint: 'Connections per second. Good clients reuse connections, so few carry many requests.',
    },
    traffic: {
      title: 'Traffic',
      hint: 'Bytes from and to clients. A Pi 4 reaches about 110 MB/s, a Pi 3 about 11 MB/s.',
      in: 'in',
      out: 'out',
    },
    errors: {
      title: 'Errors and denials',
      hint: 'Requests that were malformed, cut off, or too slow, and requests that a rule denied. A few from scanners are normal.',
      errors: 'errors',
      denied: 'denied',
    },
    balancers: {
      title: 'Sessions by load balancer',
      hint: 'All sessions are on the holder of the virtual IP; the line changes color when the address moves.',
    },
  },
  backends: {
    title: 'Backends',
    names: { web: 'web', 'postgres-primary': 'primary', 'postgres-replicas': 'replicas' },
    queue: {
      title: 'Queue',
      hint: 'Normally empty. When it grows, the servers are at their limit; after 10 s (PostgreSQL: 20 s) clients are refused.',
    },
    times: {
      title: 'Site request time',
      hint: 'Average of the last 1024 requests. A connect time above a few ms points to the network; response time is the site itself.',
      queue: 'in the queue',
      connect: 'connect',
      response: 'response',
      total: 'total',
    },
    servers: {
      title: 'Response time per web node',
      hint: 'All nodes should be similar. One that is much slower has a slow card or too much other work.',
    },
    load: {
      title: 'Sessions per web node',
      hint: 'Evenly distributed. A node without sessions is out of service: see Servers.',
    },
    retries: {
      title: 'Retries',
      hint: 'Requests that were sent again to the same server or to another one. Clients do not notice, but the first attempt failed.',
      retries: 'retries',
      redispatches: 'redispatches',
    },
    failures: {
      title: 'Backend errors',
      hint: 'Connections that a server refused, and responses that ended early. Clients see these errors.',
      connect: 'connect',
      response: 'response',
    },
  },
  board: {
    title: 'Servers',
    text: 'Every server of every backend, as each load balancer sees it. Drain lets open sessions end; maintenance takes the server out of service.',
    backends: {
      web: 'Site',
      'postgres-primary': 'Read-write, port 5000: the primary',
      'postgres-replicas': 'Read-only, port 5001: replicas',
    },
    server: 'Server',
    sees: (balancer: string) => `On ${balancer}`,
    sessions: 'Sessions',
    rate: 'Connections/s',
    time: 'Response',
    actions: 'Actions',
    status: { up: 'Up', down: 'Down', drain: 'Drained', maint: 'Maintenance', unchecked: 'Not checked' },
    downAndDrained: 'Down, drained',
    /** A replica is down in the backend of the primary, and the primary in that of the replicas: that is right. */
    notIts: { 'postgres-primary': 'Not primary', 'postgres-replicas': 'Not a replica' },
    silent: 'unreachable',
    since: (time: string) => `for ${time}`,
    nothing: 'No data from a load balancer yet.',
    holder: 'virtual IP',
  },
} as const
