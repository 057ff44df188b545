import { App } from 'antd'
import { useState } from 'react'
import { useRouter } from '../../app/link.tsx'
import { useLook } from '../../app/looking.ts'
import { ViewAsDocument } from '../../generated/graphql.ts'
import { useEdit } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'

/** Looks at the directory as somebody else, once it is said what becomes of what is not saved; the audit log names both. */
export function useViewAs(): {
  readonly viewAs: (of: { id: string; name: string }) => void
  readonly isBusy: boolean
} {
  const { t } = useTexts()
  const { message } = App.useApp()
  const router = useRouter()
  const look = useLook()
  const edit = useEdit()
  const [isBusy, setBusy] = useState(false)
  const begin = async ({ id, name }: { id: string; name: string }) => {
    setBusy(true)
    const outcome = await edit(ViewAsDocument, { id })
    setBusy(false)
    if (outcome.kind === 'away') return void message.error(t('away'))
    if (outcome.kind === 'refused') {
      const { failure } = outcome
      return void message.error(
        failure.code === 'NOT_PERMITTED' ? t('viewAsRefused') : failureText(t, failure),
      )
    }
    const { answer } = outcome
    if (answer.__typename !== 'LookingAs') return
    router.guard = null
    look({ staffId: id, name, accessToken: answer.accessToken })
  }
  const viewAs = (of: { id: string; name: string }) => {
    if (router.guard) router.guard(() => void begin(of))
    else void begin(of)
  }
  return { viewAs, isBusy }
}
