import type { ImportAnswers } from '../../schema/context.ts'

function absent(): never {
  throw new Error('Nobody imports anything here')
}

/** For servers that are put together without a directory. */
export const NO_IMPORTS: ImportAnswers = {
  start: absent,
  find: absent,
  recent: absent,
  cancel: absent,
  undo: absent,
  rows: absent,
  kept: absent,
  progress: absent,
}
