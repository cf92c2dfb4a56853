/** Words about where an app runs, and whether it does. */
export const running = {
  scale: 'Scale…',
  scaleTitle: (app: string) => `Choose the nodes of ${app}`,
  scaleText:
    'What serves starts on the chosen nodes and takes over there before other nodes stop it. No request is dropped.',
  every: 'Every web node, also those that are added later',
  confirmScale: 'Scale app',
  cancel: 'Cancel',
  stop: 'Stop…',
  start: 'Start',
  maintenance: 'Maintenance page…',
  endMaintenance: 'End maintenance',
  change: {
    stopped: {
      title: (app: string) => `Stop ${app}?`,
      text: [
        'The app stops on every node, also across reboots, until it is started again.',
        'Its domains show a maintenance page.',
      ],
      confirm: 'Stop app',
    },
    maintenance: {
      title: (app: string) => `Show the maintenance page of ${app}?`,
      text: ['Clients get a maintenance page (HTTP 503) instead of the app.', 'The app itself keeps running.'],
      confirm: 'Show maintenance page',
    },
    running: {
      title: (app: string) => `Start ${app}?`,
      text: ['The maintenance page ends when the app answers.'],
      confirm: 'Start app',
    },
  },
} as const
