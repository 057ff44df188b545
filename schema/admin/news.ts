import { builder } from '../builder.ts'

builder.subscriptionField('administrationChanged', (t) =>
  t.withAuth({ administering: true }).field({
    type: 'Boolean',
    description:
      'True at once, and whenever something of what the administration shows the caller has changed: disabled and trashed entries included, and nothing that it does not show. What it is has to be asked for.',
    subscribe: (_, _args, { caller, adminNews }) => adminNews.open(caller.signedIn.staffId),
    resolve: (isChanged: boolean) => isChanged,
  }),
)
