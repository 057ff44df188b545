import { Alert, Button, Radio } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import type { Session } from '../../app/session.ts'
import type { ImportKind } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { templateHeaders } from './fields.ts'
import { formatOf, saveTable, upload } from './files.ts'
import type { SentFile } from './plan.ts'
import { useFileFields } from './use-file-fields.ts'

/** What is to be imported, a template for it, and the file: dropped, or chosen. */
export function UploadStep({
  session,
  kind,
  onKind,
  onSent,
}: {
  readonly session: Session
  readonly kind: ImportKind
  readonly onKind: (kind: ImportKind) => void
  readonly onSent: (file: SentFile) => void
}): ReactNode {
  const { t, language } = useTexts()
  const { abilities } = useAdmin()
  const fields = useFileFields(kind)
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const [sending, setSending] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const kinds = (['STAFF', 'DEPARTMENT'] as const).filter((one) =>
    abilities.has(one === 'STAFF' ? 'staff.write' : 'department.write'),
  )
  const take = async (file: File | undefined) => {
    if (!file || sending !== null) return
    const { name } = file
    const format = formatOf(name)
    if (!format) return setFailure(t('fileUnknown', { name }))
    setFailure(null)
    setSending(name)
    const sent = await upload(session, file)
    setSending(null)
    switch (sent.kind) {
      case 'done':
        return onSent({ uploadId: sent.id, name, format, kind })
      case 'refused':
        return setFailure(t(sent.status === 413 ? 'fileTooLarge' : 'failure_NOT_PERMITTED'))
      case 'away':
        return setFailure(t('away'))
    }
  }
  const template = () => {
    const words = { language, needed: t('needed'), several: t('hintSeveral'), path: t('hintPath') }
    saveTable([templateHeaders(fields, kind, words)], `${t(`templateName_${kind}`)}.csv`)
  }
  return (
    <div className="upload-step">
      <div className="transfer-field">
        <span id="import-kind">{t('whatRows')}</span>
        <Radio.Group
          aria-labelledby="import-kind"
          value={kind}
          options={kinds.map((value) => ({ value, label: t(`kind_${value}`) }))}
          onChange={({ target }) => onKind(target.value)}
        />
      </div>
      <div className="transfer-field">
        <Button disabled={fields.length === 0} onClick={template}>
          {t('template')}
        </Button>
        <span className="hint">{t('templateHint')}</span>
      </div>
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      <div
        className="drop"
        data-over={isOver}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          void take(event.dataTransfer.files[0])
        }}
      >
        {sending === null ? (
          <>
            <p>{t('dropHere')}</p>
            <Button type="primary" onClick={() => input.current?.click()}>
              {t('chooseFile')}
            </Button>
            <p className="hint">{t('fileKinds')}</p>
          </>
        ) : (
          <p role="status">{t('uploading', { name: sending })}</p>
        )}
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t('chooseFile')}
          accept=".csv,.txt,.tsv,.json,.ndjson,.ldif"
          onChange={({ target }) => {
            void take(target.files?.[0])
            // The same file, mended, may be chosen again.
            target.value = ''
          }}
        />
      </div>
    </div>
  )
}
