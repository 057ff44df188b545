import { Alert, Button, Modal, Progress } from 'antd'
import { useStore } from '../../app/store.ts'
import { useTexts } from '../i18n/texts.ts'
import { useUnsaved } from '../unsaved.ts'
import type { BulkRun } from './bulk-run.ts'
import type { Line } from './people-source.ts'

/** How far edits of many people are, what was refused and why; they can be stopped, and go on. */
export function BulkProgress({
  run,
  onClose,
}: {
  readonly run: BulkRun<Line>
  readonly onClose: () => void
}) {
  const { t } = useTexts()
  const { total, made, refused, state } = useStore(run.progress)
  const done = made + refused.length
  const isGoing = state === 'running' || state === 'stopping'
  useUnsaved(isGoing)
  const button = isGoing ? (
    <Button key="stop" disabled={state === 'stopping'} onClick={() => run.stop()}>
      {t(state === 'stopping' ? 'bulkStopping' : 'bulkStop')}
    </Button>
  ) : (
    <Button key="close" type={state === 'done' ? 'primary' : 'default'} onClick={onClose}>
      {t('bulkClose')}
    </Button>
  )
  return (
    <Modal
      open
      title={
        isGoing
          ? t('bulkRunning', { done, total })
          : refused.length === 0
            ? t('bulkDone', { count: made })
            : t('bulkPartly', { made, refused: refused.length })
      }
      closable={!isGoing}
      mask={{ closable: false }}
      keyboard={!isGoing}
      onCancel={onClose}
      footer={[
        button,
        ...(state === 'stopped' || state === 'away'
          ? [
              <Button key="go" type="primary" onClick={() => void run.go()}>
                {t('bulkGoOn', { count: total - done })}
              </Button>,
            ]
          : []),
      ]}
    >
      <Progress
        aria-label={t('bulk')}
        percent={total === 0 ? 100 : Math.round((100 * done) / total)}
        status={
          state === 'away' || refused.length > 0 ? 'exception' : state === 'done' ? 'success' : 'active'
        }
        format={() => `${done} / ${total}`}
      />
      {state === 'away' && <Alert type="warning" showIcon role="alert" title={t('bulkAway')} />}
      {refused.length > 0 && (
        <ul className="refusals" aria-label={t('bulkRefusals')}>
          {refused.map(({ id, name, text }) => (
            <li key={id}>
              <strong>{name}</strong> {text}
            </li>
          ))}
        </ul>
      )}
    </Modal>
  )
}
