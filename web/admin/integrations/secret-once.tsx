import { Alert, App, Button, Modal } from 'antd'
import { useTexts } from '../i18n/texts.ts'
import { useUnsaved } from '../unsaved.ts'

export interface SecretOnceProps {
  readonly title: string
  readonly secret: string
  /** What it is for. */
  readonly use: string
  readonly onKept: () => void
}

/** A secret that is shown this once: nothing closes it by accident, and whoever leaves the page is asked. */
export function SecretOnce({ title, secret, use, onKept }: SecretOnceProps) {
  const { t } = useTexts()
  const { message } = App.useApp()
  useUnsaved(true)
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    void message.success(t('copied'))
  }
  return (
    <Modal
      open
      title={title}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      footer={
        <>
          <Button onClick={() => void copy()}>{t('copy')}</Button>
          <Button type="primary" onClick={onKept}>
            {t('secretKept')}
          </Button>
        </>
      }
    >
      <Alert type="warning" showIcon title={t('secretOnce')} />
      <code className="secret-once">{secret}</code>
      <p className="hint">{use}</p>
    </Modal>
  )
}
