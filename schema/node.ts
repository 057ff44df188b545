import type { SignedIn } from '../src/model/signed-in.ts'
import { z } from 'zod'
import { ownRole, ownRule } from '../src/access/own.ts'
import type { DepartmentRow, StaffRow } from '../src/access/row.ts'
import type { View } from '../src/access/view.ts'
import type { DepartmentType, FieldDefinition, Role, Rule, StaffType } from '../src/model/entry.ts'
import { listCost, waitForArg } from './arguments.ts'
import { builder } from './builder.ts'
import { MAX_PAGE } from './paging.ts'

/** Everything that has an id of its own. */
export type NodeValue = DepartmentRow | StaffRow | DepartmentType | StaffType | FieldDefinition | Role | Rule

export const Node = builder.interfaceRef<NodeValue>('Node').implement({
  description: 'Something with an id of its own: the entryUUID of its entry in the directory.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Stable for ever, also across renames and moves.' }),
  }),
  resolveType: typeOf,
})

/** The GraphQL type of a value: rows of a view are told apart by what only people have. */
export function typeOf(value: NodeValue): string {
  if (!('kind' in value)) return 'login' in value ? 'Staff' : 'Department'
  switch (value.kind) {
    case 'departmentType':
      return 'DepartmentType'
    case 'staffType':
      return 'StaffType'
    case 'fieldDefinition':
      return 'FieldDefinition'
    case 'role':
      return 'Role'
    case 'rule':
      return 'Rule'
  }
}

/** What the caller may know under an id: rows and catalogue of the view, their own roles and rules (V8). Anything else is null. */
export function findNode(view: View, caller: SignedIn | null, id: string): NodeValue | null {
  return (
    view.department(id) ??
    view.staff(id) ??
    view.departmentType(id) ??
    view.staffType(id) ??
    view.fieldDefinition(id) ??
    (caller && (ownRole(view, caller.staffId, id) ?? ownRule(view, caller.staffId, id)))
  )
}

builder.queryFields((t) => ({
  node: t.field({
    description: 'What stands under an id; hidden, missing and malformed ids all answer null.',
    type: Node,
    nullable: true,
    public: 'It answers from the view, and the view of nobody is empty.',
    args: { id: t.arg.id({ required: true, description: 'The id of any node.' }), ...waitForArg },
    resolve: (_, { id, waitFor }, { caller }) =>
      caller.ask(waitFor, (view) => findNode(view, caller.signedIn, id)),
  }),
  nodes: t.field({
    description:
      'What stands under each of the ids, in their order; null for hidden, missing and malformed ones.',
    type: [Node],
    nullable: { list: false, items: true },
    public: 'It answers from the view, and the view of nobody is empty.',
    complexity: ({ ids }: { ids: readonly string[] }) => listCost(ids.length),
    args: {
      ids: t.arg.idList({
        required: true,
        description: `Ids of any nodes, at most ${MAX_PAGE}.`,
        validate: z.array(z.string()).max(MAX_PAGE, `must be at most ${MAX_PAGE} ids`),
      }),
      ...waitForArg,
    },
    resolve: (_, { ids, waitFor }, { caller }) =>
      caller.ask(waitFor, (view) => ids.map((id) => findNode(view, caller.signedIn, id))),
  }),
}))
