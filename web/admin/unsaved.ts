import { App } from 'antd'
import { useEffect } from 'react'
import { useRouter } from '../app/link.tsx'
import { useTexts } from './i18n/texts.ts'

/** While something is not saved, nobody leaves without being asked: not by a link, the back button, or closing the page. */
export function useUnsaved(isDirty: boolean): void {
  const router = useRouter()
  const { modal } = App.useApp()
  const { t } = useTexts()
  useEffect(() => {
    if (!isDirty) return
    const stay = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', stay)
    router.guard = (leave) =>
      void modal.confirm({
        title: t('unsavedTitle'),
        content: t('unsavedText'),
        okText: t('discard'),
        okButtonProps: { danger: true },
        cancelText: t('keepEditing'),
        onOk: leave,
      })
    return () => {
      window.removeEventListener('beforeunload', stay)
      router.guard = null
    }
  }, [isDirty, router, modal, t])
}
