import type {
  AdminStaff as AdminStaffRow,
  Administration as Answers,
} from '../../src/access/administration.ts'
import { pageArgs, pageCost, SHORT_LIST, waitForArg } from '../arguments.ts'
import { builder } from '../builder.ts'
import { pageOf, shownOn } from '../paging.ts'
import { recursiveArg, staffListArgs } from './arguments.ts'
import { auditArgs, AuditConnection, auditCost, auditPage } from './audit.ts'
import { GrantedAbility } from './catalogue.ts'
import { abilityNames, auditActions, DescribedName } from './described.ts'
import { AdminDepartmentConnection, departmentKey } from './department.ts'
import { AdminDepartment, AdminField, AdminRole, AdminRule, AdminStaff, AdminType } from './refs.ts'
import { adminScope } from './scope.ts'
import { AdminStaffConnection, placedKey, staffKey } from './staff.ts'
import { EntryStatus } from './status.ts'
import { SightByType } from './type-matrix.ts'

const CATALOGUE = { field: 1, multiplier: 20 }

const Trashed = builder.unionType('TrashedEntry', {
  description: 'What lies in the trash.',
  types: [AdminDepartment, AdminStaff],
  resolveType: ({ kind }) => (kind === 'staff' ? 'AdminStaff' : 'AdminDepartment'),
})

export const Administration = builder.objectRef<Answers>('Administration').implement({
  description:
    "The administration's own view: what the caller's abilities cover, disabled and trashed entries included. Hidden, missing and malformed ids all answer null.",
  fields: (t) => ({
    abilities: t.field({
      type: [GrantedAbility],
      description: 'What the caller may administer.',
      complexity: SHORT_LIST,
      resolve: ({ authority }) => [...authority.abilities],
    }),
    abilityNames: t.field({
      type: [DescribedName],
      description: 'All abilities that a role can have.',
      complexity: CATALOGUE,
      resolve: () => [...abilityNames],
    }),
    auditActions: t.field({
      type: [DescribedName],
      description: 'All actions that records of the audit log can have.',
      complexity: CATALOGUE,
      resolve: () => [...auditActions],
    }),
    department: t.field({
      type: AdminDepartment,
      nullable: true,
      description: 'One department of the scope.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (admin, { id }) => admin.department(id),
    }),
    departments: t.field({
      type: AdminDepartmentConnection,
      description: 'Departments right below another one, or the tops of the scope; without the trash.',
      complexity: pageCost,
      args: { parentId: t.arg.id({ description: 'Below which one; the tops when absent.' }), ...pageArgs },
      resolve: (admin, { parentId = null, ...page }, { caller, pages }) =>
        pageOf(
          pages,
          adminScope(caller, 'children', [parentId]),
          admin.children(parentId),
          departmentKey,
          page,
        ),
    }),
    staff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'One person of the scope.',
      args: { id: t.arg.id({ required: true, description: 'Their id.' }) },
      resolve: (admin, { id }) => admin.staff(id),
    }),
    staffList: t.field({
      type: AdminStaffConnection,
      description: 'People of the scope, by name unless another order is asked for.',
      complexity: pageCost,
      args: {
        departmentId: t.arg.id({ description: 'Only members of this department.' }),
        ...recursiveArg,
        status: t.arg({
          type: EntryStatus,
          description: 'Only those; whoever is not in the trash when absent.',
        }),
        typeId: t.arg.id({ description: 'Only people of this type.' }),
        roleId: t.arg.id({ description: 'Only holders of this role.' }),
        ...staffListArgs,
        ...pageArgs,
      },
      resolve: (
        admin,
        { departmentId, recursive, status, typeId, roleId, text, order, descending, ...page },
        { caller, pages },
      ) => {
        const filter = {
          departmentId: departmentId ?? null,
          isRecursive: recursive === true,
          status: status ?? null,
          typeId: typeId ?? null,
          roleId: roleId ?? null,
          text: text ?? '',
        }
        const isDescending = descending === true
        const scope = adminScope(caller, 'staffList', [filter, order, isDescending])
        const listed =
          (order ?? 'NAME') === 'NAME' && !isDescending
            ? pageOf(pages, scope, admin.staffList(filter), staffKey, page)
            : pageOf(
                pages,
                scope,
                admin.staffInOrder(filter, order ?? 'NAME', isDescending),
                placedKey,
                page,
                isDescending,
              )
        return shownOn<{ id: string }, AdminStaffRow>(listed, ({ id }) => admin.staff(id))
      },
    }),
    auditLog: t.withAuth({ signedIn: true }).field({
      type: AuditConnection,
      description:
        'What was done, by whom and to what, newest first: as far as the ability `audit.read` goes; empty without it.',
      complexity: auditCost,
      args: auditArgs,
      resolve: (_, args, context) => auditPage(args, context),
    }),
    trash: t.field({
      type: [Trashed],
      description:
        'What lies in the trash of the scope, departments first: at most 100 entries from `skip` on.',
      complexity: { field: 1, multiplier: 20 },
      args: { skip: t.arg.int({ defaultValue: 0, description: 'How many to leave out.' }) },
      resolve: (admin, { skip }) => admin.trash().slice(Math.max(skip ?? 0, 0), Math.max(skip ?? 0, 0) + 100),
    }),
    types: t.field({
      type: [AdminType],
      description: 'All types of departments and staff, by name.',
      complexity: CATALOGUE,
      resolve: (admin) => admin.types(),
    }),
    fields: t.field({
      type: [AdminField],
      description: 'The field catalogue, in its order.',
      complexity: CATALOGUE,
      resolve: (admin) => admin.fields(),
    }),
    rules: t.field({
      type: [AdminRule],
      description: 'All rules, by name; none for callers who neither assign nor write rights.',
      complexity: CATALOGUE,
      resolve: (admin) => admin.rules(),
    }),
    roles: t.field({
      type: [AdminRole],
      description: 'All roles, by name; none for callers who neither assign nor write rights.',
      complexity: CATALOGUE,
      resolve: (admin) => admin.roles(),
    }),
    typeMatrix: t.field({
      type: [SightByType],
      description:
        'Who sees what by their roles, type by type: active people whose roles the caller may read; empty for callers who neither assign nor write rights.',
      complexity: CATALOGUE,
      resolve: (admin) => [...admin.typeMatrix()],
    }),
  }),
})

builder.queryField('admin', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: Administration,
    nullable: true,
    description: 'The administration; null for callers whose roles give them no ability.',
    args: waitForArg,
    resolve: async (_, { waitFor }, { caller }) => {
      await caller.reach(waitFor)
      return caller.administration.authority.hasAny ? caller.administration : null
    },
  }),
)
