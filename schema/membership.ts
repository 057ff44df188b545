import { builder } from './builder.ts'
import { Department, found, Membership, Staff } from './refs.ts'

Membership.implement({
  description: 'That a person belongs to a department; shown when both ends are.',
  fields: (t) => ({
    department: t.field({
      type: Department,
      description: 'Where the person belongs.',
      resolve: ({ membership }, _, { caller }) => found(caller.view.department(membership.departmentId)),
    }),
    staff: t.field({ type: Staff, description: 'Who belongs there.', resolve: ({ staff }) => staff }),
    title: t.string({
      nullable: true,
      description: 'Title in this department; null when absent or not granted.',
      resolve: ({ membership }) => membership.title,
    }),
    sortKey: t.string({
      description: 'Place among the members, compared by code units.',
      resolve: ({ membership }) => membership.sortKey,
    }),
    isMain: t.boolean({
      description: "Whether this is the person's main department.",
      resolve: ({ membership }) => membership.isMain,
    }),
    isLeader: t.boolean({
      description: 'Whether the person leads the department.',
      resolve: ({ membership }) => membership.isLeader,
    }),
  }),
})

export const MembershipConnection = builder.connectionObject(
  {
    type: Membership,
    name: 'MembershipConnection',
    description: 'A page of memberships, by their sort key, then name.',
  },
  { description: 'A membership in a list.' },
)
