import { Button } from 'antd'
import { Icon } from '../../ui/icon.tsx'
import { useTexts } from '../i18n/texts.ts'

/** The title of a page within the section, with the way back. */
export function TransferHead({ title, onBack }: { readonly title: string; readonly onBack: () => void }) {
  const { t } = useTexts()
  return (
    <header className="transfer-head">
      <Button type="text" icon={<Icon name="back" size={18} />} onClick={onBack}>
        {t('backToList')}
      </Button>
      <h2>{title}</h2>
    </header>
  )
}
