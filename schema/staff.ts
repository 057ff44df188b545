import type { Named } from '../src/model/by-name.ts'
import { FLAT_LIST, pageArgs, pageCost, SHORT_LIST, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { MetadataEntry } from './metadata-entry.ts'
import { Node } from './node.ts'
import { pageOf, scopeOf, shownOn, type Key } from './paging.ts'
import { found, Membership, Staff } from './refs.ts'
import { StaffType } from './staff-type.ts'

const keyOf = (row: Named): Key => [row.name, row.id]

const StaffConnection = builder.connectionObject(
  {
    type: Staff,
    name: 'StaffConnection',
    description: 'A page of people, by name.',
  },
  { description: 'A person in a list.' },
)

Staff.implement({
  description: 'A person as the caller sees them. A field that is not granted is absent: null or empty.',
  interfaces: [Node],
  fields: (t) => ({
    login: t.exposeString('login', { description: 'The name with which the person signs in.' }),
    name: t.exposeString('name', { description: 'The name as it is displayed.' }),
    nickname: t.exposeString('nickname', { nullable: true, description: 'What colleagues call the person.' }),
    pinyin: t.exposeString('pinyin', {
      nullable: true,
      description: 'The name in Latin letters, for search.',
    }),
    title: t.exposeString('title', { nullable: true, description: 'Title of the job.' }),
    mobile: t.exposeString('mobile', { nullable: true, description: 'Mobile telephone number.' }),
    email: t.exposeStringList('email', { description: 'Mail addresses, the main one first.' }),
    avatarUrl: t.exposeString('avatarUrl', {
      description:
        'Path of the picture on this server, the same for every viewer; it changes with the picture. Needs the session.',
    }),
    type: t.field({
      type: StaffType,
      description: 'What kind of staff the person is.',
      // Whoever holds the row may know its type: a visible row is of a granted type, the own one is one's own (V8).
      resolve: (row, _, { caller }) => found(caller.state.get('staffType', row.typeId) ?? null),
    }),
    memberships: t.field({
      type: [Membership],
      description: 'Where the person belongs, as far as the caller sees those departments.',
      complexity: SHORT_LIST,
      resolve: (staff) => staff.memberships.map((membership) => ({ staff, membership })),
    }),
    manager: t.field({
      type: Staff,
      nullable: true,
      description: 'To whom the person reports; null when there is nobody or the caller does not see them.',
      resolve: ({ managerId }, _, { caller }) => (managerId === null ? null : caller.view.staff(managerId)),
    }),
    metadata: t.expose('metadata', {
      type: [MetadataEntry],
      description: 'Custom fields that the caller may read.',
      complexity: FLAT_LIST,
    }),
    revision: t.exposeString('revision', {
      description: 'Hash of the row as the caller sees it; pass it back as `ifRevision`.',
    }),
  }),
})

builder.queryFields((t) => ({
  staff: t.withAuth({ signedIn: true }).field({
    type: Staff,
    nullable: true,
    description: 'A person; hidden, missing and malformed ids all answer null.',
    args: { id: t.arg.id({ required: true, description: 'The id of the person.' }), ...waitForArg },
    resolve: (_, { id, waitFor }, { caller }) => caller.ask(waitFor, (view) => view.staff(id)),
  }),
  staffList: t.withAuth({ signedIn: true }).field({
    type: StaffConnection,
    description: 'Everybody whom the caller sees, or the people of one department.',
    complexity: pageCost,
    args: {
      departmentId: t.arg.id({
        description: 'Whose people; everybody when absent. Hidden, missing and malformed ids have none.',
      }),
      recursive: t.arg.boolean({
        defaultValue: false,
        description: 'Whether the departments below count too, each person once.',
      }),
      ...pageArgs,
      ...waitForArg,
    },
    resolve: (_, { departmentId = null, recursive, waitFor, ...page }, { caller, pages }) =>
      caller.ask(waitFor, (view) =>
        shownOn(
          pageOf(
            pages,
            scopeOf('staffList', [departmentId, recursive === true], view.audience),
            view.staffList(departmentId, recursive === true),
            keyOf,
            page,
          ),
          ({ id }) => view.staff(id),
        ),
      ),
  }),
}))
