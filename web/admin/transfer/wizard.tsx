import { Alert, App, Button, Steps } from 'antd'
import { useState, type ReactNode } from 'react'
import type { Session } from '../../app/session.ts'
import { StartImportDocument, type ImportPartsFragment } from '../../generated/graphql.ts'
import { EditKeys, useAdmin, useEdit, type Answer } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { useUnsaved } from '../unsaved.ts'
import { ColumnsStep } from './columns-step.tsx'
import { inputOf, NEW_PLAN, type Plan, type SentFile } from './plan.ts'
import { ImportView } from './import-view.tsx'
import { TransferHead } from './transfer-head.tsx'
import { UploadStep } from './upload-step.tsx'

/** An import in steps: a file, what its columns are, what would happen, and the import itself. */
export function Wizard({
  session,
  onClose,
  onStarted,
}: {
  readonly session: Session
  readonly onClose: () => void
  readonly onStarted: (id: string) => void
}): ReactNode {
  const { t } = useTexts()
  const { modal } = App.useApp()
  const { abilities } = useAdmin()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [kind, setKind] = useState<SentFile['kind']>(abilities.has('staff.write') ? 'STAFF' : 'DEPARTMENT')
  const [file, setFile] = useState<SentFile | null>(null)
  const [plan, setPlan] = useState<Plan>(NEW_PLAN)
  const [previewId, setPreviewId] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  useUnsaved(file !== null)
  const step = file === null ? 0 : previewId === null ? 1 : 2

  const start = async (dryRun: boolean) => {
    if (!file) return
    setBusy(true)
    const input = inputOf(file, plan, dryRun)
    const outcome = await edit(StartImportDocument, { input: { ...input, idempotencyKey: keys.of(input) } })
    setBusy(false)
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    if (outcome.kind === 'refused') return setFailure(startFailure(t, outcome.failure))
    const { answer } = outcome
    setFailure(null)
    keys.done()
    if (answer.__typename !== 'ImportAnswered') return
    if (dryRun) setPreviewId(answer.import.id)
    else onStarted(answer.import.id)
  }
  const leave = () => {
    if (file === null) return onClose()
    void modal.confirm({
      title: t('unsavedTitle'),
      content: t('unsavedText'),
      okText: t('discard'),
      okButtonProps: { danger: true },
      cancelText: t('keepEditing'),
      onOk: onClose,
    })
  }
  return (
    <div className="admin-section transfer">
      <TransferHead title={t('import')} onBack={leave} />
      <Steps
        size="small"
        current={step}
        items={(['stepUpload', 'stepColumns', 'stepPreview', 'stepImport'] as const).map((key) => ({
          title: t(key),
        }))}
      />
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      {file === null && (
        <UploadStep
          session={session}
          kind={kind}
          onKind={setKind}
          onSent={(sent) => {
            setFailure(null)
            setPlan(NEW_PLAN)
            setFile(sent)
          }}
        />
      )}
      {file !== null && previewId === null && (
        <ColumnsStep
          // In another encoding it is another file: what was guessed before does not count.
          key={plan.encoding ?? 'auto'}
          file={file}
          plan={plan}
          isBusy={isBusy}
          onPlan={setPlan}
          onBack={() => setFile(null)}
          onNext={() => void start(true)}
        />
      )}
      {previewId !== null && (
        <ImportView key={previewId} id={previewId} session={session}>
          {(now) => (
            <PreviewFoot
              now={now}
              isBusy={isBusy}
              onBack={() => setPreviewId(null)}
              onImport={() => void start(false)}
            />
          )}
        </ImportView>
      )}
    </div>
  )
}

/** What comes after a preview: back to the columns, or the import of whatever can be taken. */
function PreviewFoot({
  now,
  isBusy,
  onBack,
  onImport,
}: {
  readonly now: ImportPartsFragment
  readonly isBusy: boolean
  readonly onBack: () => void
  readonly onImport: () => void
}) {
  const { t } = useTexts()
  if (now.finishedAt === null) return null
  const count = now.created + now.updated
  return (
    <>
      {now.state === 'DONE' && count === 0 && <Alert type="info" showIcon title={t('importNothing')} />}
      {count > 0 && now.failed > 0 && (
        <Alert type="warning" showIcon title={t('importPartly', { count: now.failed })} />
      )}
      <div className="transfer-foot">
        <Button disabled={isBusy} onClick={onBack}>
          {t('back')}
        </Button>
        {now.state === 'DONE' && count > 0 && (
          <Button type="primary" loading={isBusy} onClick={onImport}>
            {t('importNow', { count })}
          </Button>
        )}
      </div>
    </>
  )
}

function startFailure(t: T, failure: Answer): string {
  return failure.code === 'NOT_FOUND' ? t('fileGone') : failureText(t, failure)
}
