/** Words of one-off commands. */
export const command = {
  title: 'One-off command',
  text: 'Runs once on one node that has the app, with its files, environment, and sandbox. The run shows what it prints.',
  field: 'Command',
  hint: 'One line, such as python3 manage.py createsuperuser --noinput. It ends after an hour at most.',
  run: 'Run command',
} as const
