import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import { AbilitiesDocument } from '../generated/graphql.ts'

/** Whether the administration is offered: asked whenever the server is there again. The server decides by itself what is shown. */
export function useIsAdministrator(isLive: boolean): boolean {
  const client = useClient()
  const [is, setIs] = useState(false)
  useEffect(() => {
    if (!isLive) return
    let isOver = false
    void client
      .query(AbilitiesDocument, {})
      .toPromise()
      .then(({ data }) => {
        if (!isOver && data) setIs((data.viewer?.abilities.length ?? 0) > 0)
      })
    return () => {
      isOver = true
    }
  }, [client, isLive])
  return is
}
