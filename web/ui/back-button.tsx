import { useI18n } from '../i18n/i18n.tsx'
import { Icon } from './icon.tsx'

/** To be seen where a page shows one column at a time; its page says when. */
export function BackButton({ onClick }: { onClick: () => void }) {
  const { t } = useI18n()
  return (
    <button className="button plain icon-only back" aria-label={t('back')} onClick={onClick}>
      <Icon name="back" />
    </button>
  )
}
