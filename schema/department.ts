import type { DepartmentRow } from '../src/access/row.ts'
import { FLAT_LIST, pageArgs, pageCost, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { DepartmentType } from './department-type.ts'
import { MembershipConnection } from './membership.ts'
import { MetadataEntry } from './metadata-entry.ts'
import { Node } from './node.ts'
import { pageOf, scopeOf, shownOn, type Key } from './paging.ts'
import { Department, found } from './refs.ts'

const keyOf = (row: DepartmentRow): Key => [row.sortKey, row.name, row.id]

const recursiveArg = builder.args((t) => ({
  recursive: t.boolean({
    defaultValue: false,
    description: 'Whether the departments below count too, each person once.',
  }),
}))

const DepartmentConnection = builder.connectionObject(
  {
    type: Department,
    name: 'DepartmentConnection',
    description: 'A page of departments, by their sort key, then name.',
  },
  { description: 'A department in a list.' },
)

Department.implement({
  description: 'A department as the caller sees it.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'What the department does; null when absent or not granted.',
    }),
    type: t.field({
      type: DepartmentType,
      description: 'What kind of department it is.',
      // Whoever holds the row may know its type: a visible row is of a granted type, an own one is one's own (V8).
      resolve: (row, _, { caller }) => found(caller.state.get('departmentType', row.typeId) ?? null),
    }),
    parent: t.field({
      type: Department,
      nullable: true,
      description: 'The nearest department above that the caller sees; null when there is none.',
      resolve: ({ parentId }, _, { caller }) => (parentId === null ? null : caller.view.department(parentId)),
    }),
    children: t.field({
      type: DepartmentConnection,
      description: 'The departments whose `parent` this is.',
      complexity: pageCost,
      args: pageArgs,
      resolve: ({ id }, page, { caller: { view }, pages }) =>
        pageOf(pages, scopeOf('children', [id], view.audience), view.children(id), keyOf, page),
    }),
    members: t.field({
      type: MembershipConnection,
      description: 'The people of the department whom the caller sees.',
      complexity: pageCost,
      args: { ...pageArgs, ...recursiveArg },
      resolve: ({ id }, { recursive, ...page }, { caller: { view }, pages }) =>
        shownOn(
          pageOf(
            pages,
            scopeOf('members', [id, recursive === true], view.audience),
            view.members(id, recursive === true),
            (member) => [member.sortKey, member.name, member.id],
            page,
          ),
          (member) => view.memberRow(member),
        ),
    }),
    memberCount: t.int({
      description: 'How many people of the department the caller sees, each once.',
      args: recursiveArg,
      resolve: ({ id }, { recursive }, { caller }) => caller.view.memberCount(id, recursive === true),
    }),
    sortKey: t.exposeString('sortKey', { description: 'Place among siblings, compared by code units.' }),
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
  department: t.withAuth({ signedIn: true }).field({
    type: Department,
    nullable: true,
    description: 'A department; hidden, missing and malformed ids all answer null.',
    args: { id: t.arg.id({ required: true, description: 'The id of the department.' }), ...waitForArg },
    resolve: (_, { id, waitFor }, { caller }) => caller.ask(waitFor, (view) => view.department(id)),
  }),
  departments: t.withAuth({ signedIn: true }).field({
    type: DepartmentConnection,
    description: 'The departments below another one, or the roots of what the caller sees.',
    complexity: pageCost,
    args: {
      parentId: t.arg.id({
        description: 'Whose children; the roots when absent. Hidden, missing and malformed ids have none.',
      }),
      ...pageArgs,
      ...waitForArg,
    },
    resolve: (_, { parentId = null, waitFor, ...page }, { caller, pages }) =>
      caller.ask(waitFor, (view) =>
        pageOf(pages, scopeOf('children', [parentId], view.audience), view.children(parentId), keyOf, page),
      ),
  }),
}))
