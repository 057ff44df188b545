import { Component, type ReactNode } from 'react'
import { useI18n } from '../i18n/i18n.tsx'
import type { TextKey } from '../i18n/zh-cn.ts'

/** Something that only loading the page anew may help; what is stored stays. */
export function Mishap({ text }: { text: TextKey }) {
  const { t } = useI18n()
  return (
    <div className="empty">
      <p role="alert">{t(text)}</p>
      <button className="button primary" onClick={() => location.reload()}>
        {t('retry')}
      </button>
    </div>
  )
}

/** A page that fails, or a part of the app that cannot be fetched, says so, and takes nothing else down with it. */
export class Safely extends Component<{ readonly children: ReactNode }, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? <Mishap text="unexpected" /> : this.props.children
  }
}
