import { EVERYBODY } from '../../src/access/staff-list.ts'
import { FLAT_LIST, pageArgs, pageCost } from '../arguments.ts'
import { builder } from '../builder.ts'
import { MetadataEntry } from '../metadata-entry.ts'
import { pageOf, shownOn, type Key } from '../paging.ts'
import { recursiveArg } from './arguments.ts'
import { AdminDepartment, AdminStaff, AdminType } from './refs.ts'
import { AdminStaffConnection, staffKey } from './staff.ts'
import { adminScope } from './scope.ts'
import { EntryStatus } from './status.ts'

export const departmentKey = (row: { sortKey: string; name: string; id: string }): Key => [
  row.sortKey,
  row.name,
  row.id,
]

export const AdminDepartmentConnection = builder.connectionObject(
  {
    type: AdminDepartment,
    name: 'AdminDepartmentConnection',
    description: 'A page of departments, by their sort key, then name.',
  },
  { description: 'A department in a list.' },
)

AdminDepartment.implement({
  description:
    'A department as the administration shows it. What no ability of the caller covers is null or empty.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The entryUUID of its entry.' }),
    status: t.expose('status', { type: EntryStatus, description: 'Whether it counts.' }),
    name: t.exposeString('name', { description: 'For people to read.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the department does.' }),
    type: t.field({
      type: AdminType,
      nullable: true,
      description: 'What kind of department it is; null when that type does not exist: nobody sees it then.',
      resolve: ({ typeId }, _, { caller }) =>
        (typeId === null ? null : caller.state.get('departmentType', typeId)) ?? null,
    }),
    parent: t.field({
      type: AdminDepartment,
      nullable: true,
      description: 'The department above it in the tree; null at the top of the scope.',
      resolve: ({ parentId }, _, { caller }) =>
        parentId === null ? null : caller.administration.department(parentId),
    }),
    children: t.field({
      type: AdminDepartmentConnection,
      description: 'Departments right below it, without the trash.',
      complexity: pageCost,
      args: pageArgs,
      resolve: ({ id }, page, { caller, pages }) =>
        pageOf(
          pages,
          adminScope(caller, 'children', [id]),
          caller.administration.children(id),
          departmentKey,
          page,
        ),
    }),
    members: t.field({
      type: AdminStaffConnection,
      description: 'People of the department, disabled ones included, by name.',
      complexity: pageCost,
      args: { ...pageArgs, ...recursiveArg },
      resolve: ({ id }, { recursive, ...page }, { caller, pages }) => {
        const { administration } = caller
        const filter = { ...EVERYBODY, departmentId: id, isRecursive: recursive === true }
        const scope = adminScope(caller, 'members', [id, filter.isRecursive])
        return shownOn(pageOf(pages, scope, administration.staffList(filter), staffKey, page), (person) =>
          administration.staff(person.id),
        )
      },
    }),
    memberCount: t.int({
      description: 'How many people belong to it, disabled ones included, each once.',
      args: recursiveArg,
      resolve: ({ id }, { recursive }, { caller }) =>
        caller.administration.memberCount(id, recursive === true),
    }),
    leaders: t.field({
      type: [AdminStaff],
      description: 'Who leads it.',
      complexity: { field: 1, multiplier: 4 },
      resolve: ({ id }, _, { caller }) => caller.administration.leaders(id),
    }),
    sortKey: t.exposeString('sortKey', { description: 'Place among siblings, compared by code units.' }),
    metadata: t.expose('metadata', {
      type: [MetadataEntry],
      description: 'Custom fields.',
      complexity: FLAT_LIST,
    }),
    revision: t.exposeString('revision', { description: 'Pass it back as `ifRevision`.' }),
  }),
})
