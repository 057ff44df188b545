import { isPerson, type SignedIn } from '../src/model/signed-in.ts'
import { abilitiesOf, rolesOf } from '../src/access/grant.ts'
import { ownDepartments, ownStaff } from '../src/access/own.ts'
import { SHORT_LIST, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { ActiveSession } from './active-session.ts'
import { Department, Staff } from './refs.ts'
import { Role } from './role.ts'

const OWN =
  'It is reached only as the person themself: through `viewer`, or with a session just issued to them.'

export const Viewer = builder.objectRef<SignedIn>('Viewer').implement({
  description:
    'The caller: their own record, departments and roles, whatever the view shows. Edges from there obey the view.',
  fields: (t) => ({
    staff: t.field({
      type: Staff,
      nullable: true,
      public: OWN,
      description: 'The record of the caller with all its fields; null for integration tokens.',
      resolve: ({ staffId, actorId, integration }, _, { caller }) => {
        if (integration) return null
        return actorId === undefined ? ownStaff(caller.view, staffId) : caller.view.staff(staffId)
      },
    }),
    departments: t.field({
      type: [Department],
      public: OWN,
      description: 'The departments to which the caller belongs, the main one first, hidden ones included.',
      complexity: SHORT_LIST,
      resolve: ({ staffId, ...by }, _, { caller }) => {
        const own = ownDepartments(caller.view, staffId)
        return isPerson({ staffId, ...by })
          ? own
          : own.filter(({ id }) => caller.view.department(id) !== null)
      },
    }),
    roles: t.field({
      type: [Role],
      public: OWN,
      description: 'The roles that the caller holds.',
      complexity: SHORT_LIST,
      resolve: ({ staffId }, _, { caller }) => rolesOf(caller.state, staffId),
    }),
    abilities: t.stringList({
      public: OWN,
      description:
        'Names of what the roles let the caller do, each once, sorted; none for integrations that only read.',
      resolve: ({ staffId, integration }, _, { caller }) => {
        if (integration?.isAdministering === false) return []
        return [...new Set(abilitiesOf(caller.state, staffId).map((a) => a.name))].sort()
      },
    }),
    sessions: t.field({
      type: [ActiveSession],
      public: OWN,
      description: 'Where the caller is signed in, the latest use first.',
      complexity: SHORT_LIST,
      resolve: (by, _, { identity }) => (isPerson(by) ? identity.sessions(by.staffId) : []),
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    public: 'It tells callers who they are; anonymous ones that they are nobody.',
    description: 'Who the caller is; null when anonymous.',
    args: waitForArg,
    resolve: (_, { waitFor }, { caller }) => caller.ask(waitFor, () => caller.signedIn),
  }),
)
