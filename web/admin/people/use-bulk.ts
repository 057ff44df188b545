import { useCallback } from 'react'
import { BulkEditDocument, type BulkEditInput } from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { BulkRun, type BulkSteps, type Sent } from './bulk-run.ts'
import type { Line } from './people-source.ts'

/** Begins edits of many people. */
export function useBulk(): (people: readonly Line[], editsOf: BulkSteps<Line>['editsOf']) => BulkRun<Line> {
  const { t } = useTexts()
  const edit = useEdit()
  return useCallback(
    (people, editsOf) => {
      const send = async (edits: readonly BulkEditInput[], idempotencyKey: string): Promise<Sent> => {
        const outcome = await edit(BulkEditDocument, { input: { edits: [...edits], idempotencyKey } })
        if (outcome.kind === 'away') return 'away'
        if (outcome.kind === 'refused') return edits.map(() => failureText(t, outcome.failure))
        const { answer } = outcome
        if (answer.__typename !== 'BulkEdited') return 'away'
        return answer.items.map((item) =>
          item.__typename === 'BulkItemEdited' ? null : failureText(t, item),
        )
      }
      const run = new BulkRun(people, { editsOf, send })
      void run.go()
      return run
    },
    [edit, t],
  )
}
