import type { Services } from '../../schema/context.ts'

function absent(): never {
  throw new Error('This server has no directory to write to')
}

/** Of servers that are put together without a directory: all that writes, or reads what is written. */
export const ABSENT: Pick<
  Services,
  | 'edits'
  | 'accounts'
  | 'photos'
  | 'audits'
  | 'imports'
  | 'webhooks'
  | 'integrations'
  | 'uploads'
  | 'vitals'
  | 'days'
  | 'conversations'
  | 'courier'
  | 'adminNews'
> = {
  edits: { run: absent, preview: absent, check: absent },
  accounts: {
    invite: absent,
    sessions: absent,
    endSessions: absent,
    viewAs: absent,
    accept: absent,
    change: absent,
  },
  photos: { make: absent },
  audits: { page: absent },
  imports: {
    start: absent,
    peek: absent,
    fields: absent,
    previewUndo: absent,
    find: absent,
    recent: absent,
    cancel: absent,
    undo: absent,
    rows: absent,
    kept: absent,
    progress: absent,
  },
  uploads: { size: absent, whole: absent },
  vitals: { house: absent },
  days: { of: absent },
  webhooks: {
    all: absent,
    byId: absent,
    deliveries: absent,
    create: absent,
    update: absent,
    rotateSecret: absent,
    redeliver: absent,
    test: absent,
    delete: absent,
  },
  integrations: {
    all: absent,
    byId: absent,
    stateOf: absent,
    create: absent,
    update: absent,
    delete: absent,
    issue: absent,
    rotate: absent,
    revoke: absent,
  },
  conversations: {
    all: absent,
    one: absent,
    before: absent,
    after: absent,
    search: absent,
    placeAt: absent,
    open: absent,
    createGroup: absent,
    updateGroup: absent,
    leave: absent,
    send: absent,
    recall: absent,
    mark: absent,
  },
  courier: { open: absent },
  adminNews: { open: absent },
}
