/** Words about where an app runs, and whether it does. */
export const running = {
  scale: 'Scale…',
  scaleTitle: (app: string) => `Choose the nodes of ${app}`,
  scaleText:
    'What serves starts on the chosen nodes and takes over there before other nodes stop it. No request is dropped.',
  every: 'Every web node, also those that are added later',
  confirmScale: 'Scale app',
  cancel: 'Cancel',
} as const
