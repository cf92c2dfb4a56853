/** Words of the samples. */
import type { SampleName } from '@bramble/cluster'

export const samples = {
  title: 'Or start with a sample',
  text: 'Each is deployed with one click and can be removed again on its page.',
  name: 'Name',
  domain: 'Domain',
  domainHint: (vip: string) => `Point it to ${vip} in your router or hosts file.`,
  deploy: 'Deploy sample',
  preparing: 'Preparing the sample',
  list: {
    page: { title: 'Static page', text: 'A page with its style and its own 404 page.', needs: 'Needs nothing else.' },
    board: {
      title: 'Node with database',
      text: 'A shared board: a dependency from npm and a release command that migrates its database.',
      needs: 'Needs a database of its own, the package nodejs, and the npm registry for its build on a node.',
    },
    guestbook: {
      title: 'Django',
      text: 'A guestbook with models, migrations and a form.',
      needs: 'Needs a database of its own and the packages python3-django, gunicorn and python3-psycopg2.',
    },
  } satisfies Record<SampleName, { title: string; text: string; needs: string }>,
} as const
