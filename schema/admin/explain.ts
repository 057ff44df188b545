import {
  explain,
  REASONS,
  type Explanation,
  type FieldExplanation,
  type Granting,
} from '../../src/access/explain.ts'
import { NotFound, NotPermitted } from '../../src/edit/failures.ts'
import { SHORT_LIST, waitForArg } from '../arguments.ts'
import { builder } from '../builder.ts'
import './failures.ts'
import { AdminDepartment, AdminField, AdminRole, AdminRule } from './refs.ts'

const AccessReason = builder.enumType('AccessReason', {
  description: 'Why somebody sees a row, or the first thing that keeps them from it.',
  values: {
    SHOWN: { description: REASONS.SHOWN },
    VIEWER_INACTIVE: { description: REASONS.VIEWER_INACTIVE },
    SUBJECT_INACTIVE: { description: REASONS.SUBJECT_INACTIVE },
    NO_TYPE: { description: REASONS.NO_TYPE },
    NO_RULES: { description: REASONS.NO_RULES },
    TYPE_NOT_GRANTED: { description: REASONS.TYPE_NOT_GRANTED },
    OUTSIDE: { description: REASONS.OUTSIDE },
    NO_DEPARTMENT: { description: REASONS.NO_DEPARTMENT },
    DEPARTMENT_HIDDEN: { description: REASONS.DEPARTMENT_HIDDEN },
  },
})

const AccessGrant = builder.objectRef<Granting>('AccessGrant').implement({
  description: 'A rule that shows the row, and the role that gives it to the viewer.',
  fields: (t) => ({
    role: t.expose('role', { type: AdminRole, description: 'The role.' }),
    rule: t.expose('rule', { type: AdminRule, description: 'The rule; its types name the type of the row.' }),
    departments: t.field({
      type: [AdminDepartment],
      description:
        'Of a person: their departments that this rule shows, as far as the caller administers them.',
      complexity: SHORT_LIST,
      resolve: ({ departmentIds }, _, { caller }) =>
        departmentIds.flatMap((id) => caller.administration.department(id) ?? []),
    }),
  }),
})

const AccessToField = builder.objectRef<FieldExplanation>('AccessToField').implement({
  description: 'Whether the viewer sees a field of the row.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The key of the field.' }),
    definition: t.expose('definition', {
      type: AdminField,
      nullable: true,
      description: 'Its entry of the field catalogue; built-in fields need none.',
    }),
    isSensitive: t.exposeBoolean('isSensitive', { description: 'Whether a rule has to grant it.' }),
    isVisible: t.exposeBoolean('isVisible', { description: 'Whether the viewer sees it.' }),
    rules: t.expose('rules', {
      type: [AdminRule],
      description: 'Rules that show the row and grant the field; empty for fields that need no grant.',
      complexity: SHORT_LIST,
    }),
  }),
})

const AccessExplanation = builder.objectRef<Explanation>('AccessExplanation').implement({
  description: 'Whether one person sees a department or another person, and by what.',
  fields: (t) => ({
    isVisible: t.exposeBoolean('isVisible', { description: 'The answer.' }),
    reason: t.expose('reason', { type: AccessReason, description: 'In one word.' }),
    grants: t.expose('grants', {
      type: [AccessGrant],
      description: 'All rules that show it, by role; empty when it is hidden.',
      complexity: SHORT_LIST,
    }),
    fields: t.expose('fields', {
      type: [AccessToField],
      description: 'The fields of the row, by key.',
      complexity: { field: 1, multiplier: 20 },
    }),
  }),
})

const ExplainResult = builder.errorUnion('ExplainResult', {
  description: 'An explanation, or why there is none.',
  types: [AccessExplanation, NotFound, NotPermitted],
  resolveType: () => AccessExplanation,
})

builder.queryField('explainAccess', (t) =>
  t.withAuth({ administering: true }).field({
    type: ExplainResult,
    description:
      'Whether a person sees a department or another person, and why. Needs `access.explain` over the viewer.',
    args: {
      viewerId: t.arg.id({ required: true, description: 'Who looks.' }),
      subjectId: t.arg.id({ required: true, description: 'At which department or person.' }),
      ...waitForArg,
    },
    resolve: async (_, { viewerId, subjectId, waitFor }, { caller }) => {
      await caller.reach(waitFor)
      const { state, administration } = caller
      const { authority } = administration
      const viewer = administration.staff(viewerId) && state.get('staff', viewerId)
      if (!viewer) return new NotFound('viewerId')
      if (!authority.over('access.explain', viewer).isAll)
        return new NotPermitted('Your administration does not cover what this person may see.')
      const department = administration.department(subjectId) && state.get('department', subjectId)
      const subject = department ?? (administration.staff(subjectId) && state.get('staff', subjectId))
      return subject ? explain(state, viewer, subject) : new NotFound('subjectId')
    },
  }),
)
