import type { GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import './scalars.ts'
import './viewer.ts'
import './node.ts'
import './department.ts'
import './staff.ts'
import './search.ts'
import './changes.ts'
import './snapshot.ts'
import './session.ts'
import './copy.ts'
import './password.ts'
import './profile.ts'
import './messaging/conversation-edits.ts'
import './messaging/feed.ts'
import './admin/administration.ts'
import './admin/department-edits.ts'
import './admin/staff-edits.ts'
import './admin/staff-photo.ts'
import './admin/bulk.ts'
import './admin/preview.ts'
import './admin/news.ts'
import './admin/explain.ts'
import './admin/catalogue-edits.ts'
import './admin/account-edits.ts'
import './admin/transfer.ts'
import './admin/dashboard.ts'
import './admin/webhook-edits.ts'
import './admin/integration-edits.ts'

builder.queryType({ description: 'What can be asked. Everything answers from the view of the caller.' })
builder.mutationType({ description: 'What can be done.' })
builder.subscriptionType({ description: 'What can be followed.' })

/** The public API. Throws when a field has no rule (T41). */
export const schema: GraphQLSchema = builder.toSchema()
