/** Words of the charts of an app. */
export const metrics = {
  title: 'Metrics',
  text: 'All load balancers together. Deploys, rollbacks and what happened to the cluster are marked on every chart.',
  requests: {
    title: 'Requests',
    hint: 'Requests per second by outcome. Red: the app or the way to it failed. Amber: the client asked for something wrong.',
    classes: { '5xx': '5xx server error', '4xx': '4xx client error', '3xx': '3xx redirect', '2xx': '2xx success' },
  },
  errors: {
    title: 'Errors',
    hint: 'Per second. Connections that fail mean that a process does not listen; retries went to another node.',
    server: '5xx answers',
    connect: 'failed connections',
    retries: 'retries',
  },
  latency: {
    title: 'Response time',
    hint: 'From the request to the start of the response. Half of the requests were faster than p50, 95 % faster than p95.',
    p50: 'p50',
    p95: 'p95',
    queue: 'in the queue (average)',
  },
  servers: {
    title: 'Servers',
    hint: 'Nodes that get requests. During a deploy, nodes of the old and the new release count until the old one is drained.',
    up: 'ready',
  },
  memory: {
    title: 'Memory',
    hint: 'What its processes use on each node, without files that the kernel can drop.',
  },
  memoryUse: {
    title: 'Memory of the limit',
    hint: 'The process nearest to its limit. At 100 % the kernel ends it. Empty: the kernel enforces no limit.',
  },
  restarts: {
    title: 'Restarts',
    hint: 'In the last 10 minutes, by node. Good: none outside of deploys. A plateau means that a process keeps ending.',
  },
} as const
