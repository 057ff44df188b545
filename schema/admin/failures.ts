import {
  EditConflict,
  EditRefused,
  InvalidInput,
  isEditFailure,
  NotFound,
  NotPermitted,
  type EditFailure,
  type InputIssue,
} from '../../src/edit/failures.ts'
import { SHORT_LIST } from '../arguments.ts'
import { builder } from '../builder.ts'
import { ErrorInterface } from '../error.ts'
import { Editable } from './editable.ts'

const Issue = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One value of an input that cannot be taken.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Where in the input, for example `memberships.0.departmentId`.',
    }),
    message: t.exposeString('message', {
      description: 'What is wrong with it, to follow the name of the field.',
    }),
  }),
})

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'Values of the input cannot be taken. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.expose('issues', { type: [Issue], description: 'Each of them.' }),
  }),
})

builder.objectType(NotFound, {
  name: 'NotFound',
  description:
    'Something that the input names is not there, or the administration of the caller does not show it. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Which part of the input names it.' }),
  }),
})

builder.objectType(NotPermitted, {
  name: 'NotPermitted',
  description: 'The caller sees it, but has no ability for this. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    part: t.exposeString('part', {
      nullable: true,
      description:
        "Which part of the input goes beyond the caller's own rights, for example `abilities.0`; null when it is none in particular.",
    }),
  }),
})

builder.objectType(EditConflict, {
  name: 'EditConflict',
  description: 'Somebody else has changed it since `ifRevision`. Nothing of this edit is left.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    current: t.field({
      type: Editable,
      nullable: true,
      description: 'As it is now; null when it is not there any more.',
      resolve: ({ id }, _, { caller }) => (id === null ? null : caller.administration.any(id)),
    }),
  }),
})

builder.objectType(EditRefused, {
  name: 'EditRefused',
  description: 'The state of the directory does not allow it; `code` says why. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    usedBy: t.field({
      type: [Editable],
      description:
        'With IN_USE: up to ten of those that refer to it, as far as the administration of the caller shows them.',
      complexity: SHORT_LIST,
      resolve: ({ usedBy }, _, { caller }) => shownUsers(usedBy, (id) => caller.administration.any(id)),
    }),
    usedByCount: t.int({
      description: 'With IN_USE: how many there are, those in the trash too; otherwise 0.',
      resolve: ({ usedBy }) => usedBy.length,
    }),
  }),
})

const USERS = 10
/** Whoever sees none of a hundred thousand is not to have each of them looked at (T8). */
const LOOKED_AT = 200

function shownUsers<T>(ids: readonly string[], show: (id: string) => T | null): T[] {
  const shown: T[] = []
  for (const id of ids.slice(0, LOOKED_AT)) {
    const row = shown.length < USERS ? show(id) : null
    if (row !== null) shown.push(row)
  }
  return shown
}

export const FAILURES = [InvalidInput, NotFound, NotPermitted, EditConflict, EditRefused]

/** An expected failure is an answer. */
export async function answered<T>(work: Promise<T>): Promise<T | EditFailure> {
  try {
    return await work
  } catch (error) {
    if (isEditFailure(error)) return error
    throw error
  }
}
