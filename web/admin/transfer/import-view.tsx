import { Alert, App, Button, Progress } from 'antd'
import { useState, type ReactNode } from 'react'
import { useClient } from 'urql'
import type { Session } from '../../app/session.ts'
import {
  CancelImportDocument,
  ImportUndoPreviewDocument,
  type ImportUndoPreviewQuery,
  ImportReportDocument,
  UndoImportDocument,
  type ImportPartsFragment,
} from '../../generated/graphql.ts'
import { useAdmin, useAsked, useEdit, type Outcome } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { errorText } from './error-text.ts'
import { countsText, StateTag } from './import-list.tsx'
import { saveReport } from './report-file.ts'
import { ReportRows } from './report-rows.tsx'
import { useFileFields } from './use-file-fields.ts'
import { useImport } from './use-import.ts'

/** One import: how far it is, then what became of each row, and the ways to stop it, to undo it, and to keep its report. */
export function ImportView({
  id,
  session,
  children,
}: {
  readonly id: string
  readonly session: Session
  /** What comes after a preview. */
  readonly children?: (now: ImportPartsFragment) => ReactNode
}): ReactNode {
  const { t } = useTexts()
  const { now, isLineBroken, isGone, again } = useImport(session, id)
  if (isGone) return <p className="empty">{t('importGone')}</p>
  if (!now) return <p className="empty">{t(isLineBroken ? 'away' : 'opening')}</p>
  const isOver = now.finishedAt !== null
  return (
    <div className="import-view">
      {!now.isDryRun && (
        <p className="import-name">
          <strong>{now.fileName ?? t('importUnnamed')}</strong> <StateTag of={now} />
        </p>
      )}
      {!isOver && <Running now={now} isLineBroken={isLineBroken} />}
      {now.state === 'FAILED' && (
        <Alert
          type="error"
          showIcon
          role="alert"
          title={t('fileUnreadable', { problem: now.problem ?? '' })}
        />
      )}
      {isOver && <p className="import-sum">{countsText(t, now)}</p>}
      <Actions now={now} again={again} />
      {isOver && <Left now={now} />}
      {isOver && now.total !== null && <ReportRows now={now} />}
      {children?.(now)}
    </div>
  )
}

function Running({ now, isLineBroken }: { now: ImportPartsFragment; isLineBroken: boolean }) {
  const { t } = useTexts()
  const [done, all] =
    now.state === 'UNDOING' ? [now.undone + now.kept, now.edits] : [now.done, now.total ?? 0]
  const percent = all === 0 ? 0 : Math.floor((done / all) * 100)
  const text = isLineBroken
    ? 'importLineBroken'
    : now.state === 'QUEUED'
      ? 'checkWaiting'
      : now.state === 'UNDOING'
        ? 'importUndoing'
        : now.isDryRun
          ? 'checking'
          : 'importRunning'
  return (
    <div className="import-running">
      <p role="status">{t(text)}</p>
      <Progress percent={percent} aria-label={t(text)} format={() => (all === 0 ? '' : `${done} / ${all}`)} />
    </div>
  )
}

function Actions({ now, again }: { readonly now: ImportPartsFragment; readonly again: () => void }) {
  const { t, language } = useTexts()
  const { modal, message } = App.useApp()
  const client = useClient()
  const edit = useEdit()
  const { catalogue } = useAdmin()
  const fields = useFileFields(now.kind)
  const [isWriting, setWriting] = useState(false)
  const [isLooking, setLooking] = useState(false)
  const { id, edits } = now
  const isOver = now.finishedAt !== null
  const mayUndo = isOver && !now.isDryRun && now.state !== 'UNDONE' && edits > 0
  const mayCancel = !isOver && now.state !== 'UNDOING'
  const say = (outcome: Outcome<unknown>) => {
    if (outcome.kind === 'done') again()
    else void message.error(outcome.kind === 'away' ? t('awaySaving') : failureText(t, outcome.failure))
  }
  const ask = (title: string, content: ReactNode, okText: string, onOk: () => Promise<void>) =>
    void modal.confirm({
      title,
      content,
      okText,
      okButtonProps: { danger: true },
      cancelText: t('close'),
      onOk,
    })
  const cancel = async () => say(await edit(CancelImportDocument, { id }))
  const undo = async () => say(await edit(UndoImportDocument, { id }))
  const askUndo = async () => {
    setLooking(true)
    const { data } = await client.query(ImportUndoPreviewDocument, { id }).toPromise()
    setLooking(false)
    const preview = data?.admin?.import?.undoPreview
    if (!preview) return void message.error(t('away'))
    ask(t('importUndoAsk'), <WouldUndo now={now} preview={preview} t={t} />, t('importUndo'), undo)
  }
  const report = async () => {
    setWriting(true)
    const isWhole = await saveReport(client, now, { t, language, fields, catalogue })
    setWriting(false)
    if (!isWhole) void message.error(t('away'))
  }
  return (
    <div className="import-actions">
      {mayCancel && (
        <Button onClick={() => ask(t('importCancelAsk'), t('importCancelText'), t('importCancel'), cancel)}>
          {t('importCancel')}
        </Button>
      )}
      {isOver && now.total !== null && (
        <Button loading={isWriting} onClick={() => void report()}>
          {t(isWriting ? 'importReporting' : 'importReport')}
        </Button>
      )}
      {mayUndo && (
        <Button danger loading={isLooking} onClick={() => void askUndo()}>
          {t('importUndo')}
        </Button>
      )}
    </div>
  )
}

type Preview = NonNullable<NonNullable<NonNullable<ImportUndoPreviewQuery['admin']>['import']>['undoPreview']>

/** What an undo would do, and what it would leave. It stands outside of the console: what it says is given to it. */
function WouldUndo({
  now: { created, updated },
  preview: { undone, keptCount, kept, isComplete },
  t,
}: {
  readonly now: ImportPartsFragment
  readonly preview: Preview
  readonly t: T
}) {
  return (
    <div className="would-undo">
      <p>{t('importUndoText', { edits: undone, created, updated })}</p>
      {keptCount > 0 && (
        <>
          <p>{t('importUndoKept', { count: keptCount })}</p>
          <ul>
            {kept.map(({ number, label, errors }, i) => (
              <li key={i}>
                {label ?? `#${number}`} {errors.map((error) => errorText(t, error)).join(t('comma'))}
              </li>
            ))}
          </ul>
        </>
      )}
      {!isComplete && <p>{t('importUndoPartly')}</p>}
    </div>
  )
}

/** What an undo has done, and what it could not. */
function Left({ now }: { readonly now: ImportPartsFragment }) {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data } = useAsked(ImportReportDocument, { id: now.id, first: 0 }, news, { pause: now.kept === 0 })
  if (now.state !== 'UNDONE') return null
  return (
    <Alert
      type={now.kept === 0 ? 'success' : 'warning'}
      showIcon
      title={t('importUndone', { undone: now.undone })}
      description={
        now.kept > 0 && (
          <>
            {t('importLeft', { count: now.kept })}
            <ul>
              {data?.admin?.import?.leftByUndo.map(({ number, label, errors }, i) => (
                <li key={i}>
                  {label ?? `#${number}`} {errors.map((error) => errorText(t, error)).join(t('comma'))}
                </li>
              ))}
            </ul>
          </>
        )
      }
    />
  )
}
