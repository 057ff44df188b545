import { useEffect, useRef } from 'react'
import { useClient } from 'urql'
import { CheckEditDocument, type PreviewInput } from '../generated/graphql.ts'
import type { Answer } from './admin.ts'

export type Issues = NonNullable<Answer['issues']>

/** Whoever types is not asked about each letter, in milliseconds. */
const TYPING_MS = 350

/** Asks while a form is filled in what its mutation would say of the values, by the server's own rules; null: nothing to ask. */
export function useCheck(edit: PreviewInput | null, tell: (issues: Issues) => void): void {
  const client = useClient()
  const now = useRef({ edit, tell })
  now.current = { edit, tell }
  const text = edit && JSON.stringify(edit)
  useEffect(() => {
    if (text === null) return
    let isOver = false
    const timer = setTimeout(() => {
      if (!now.current.edit) return
      void client
        .query(CheckEditDocument, { edit: now.current.edit }, { requestPolicy: 'network-only' })
        .toPromise()
        .then(({ data }) => {
          // What was typed since is asked about by itself.
          if (isOver || !data) return
          const answer: Answer = data.checkEdit
          now.current.tell(answer.issues ?? [])
        })
    }, TYPING_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, text])
}
