import { Alert, Button, Drawer, Form, Modal } from 'antd'
import type { ReactNode } from 'react'
import { Conflict } from '../conflict.tsx'
import { Effect } from '../effect.tsx'
import { useTexts } from '../i18n/texts.ts'
import type { EntryFormState } from './use-entry-form.ts'

/** An entry of the catalogue that is looked at and edited: what all kinds of them have around their fields. */
export function EntryDrawer<D extends object>({
  title,
  form,
  isNew,
  mayWrite,
  notice = null,
  labelOf,
  textOf,
  actions,
  consequences = null,
  onClose,
  children,
}: {
  readonly title: string
  readonly form: EntryFormState<D>
  readonly isNew: boolean
  readonly mayWrite: boolean
  /** Why it cannot be edited, or what to know before. */
  readonly notice?: string | null
  readonly labelOf: (field: keyof D & string) => string
  readonly textOf: (draft: D, field: keyof D & string) => string
  readonly actions: ReactNode
  /** What an edit means beside who sees what. */
  readonly consequences?: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { t } = useTexts()
  const { conflict, effected } = form
  return (
    <Drawer
      open
      size={680}
      title={<span className="drawer-title">{title}</span>}
      extra={actions}
      onClose={onClose}
      footer={
        mayWrite && (
          <div className="drawer-foot">
            <span role="status" className="hint">
              {form.isDirty ? t('unsaved') : form.isSaved ? t('saved') : ''}
            </span>
            <Button disabled={!form.isDirty || form.isBusy} onClick={form.reset}>
              {t('discard')}
            </Button>
            {form.preview && (
              <Button disabled={!form.isDirty} onClick={() => void form.preview?.()}>
                {t('preview')}
              </Button>
            )}
            <Button
              type="primary"
              disabled={!form.isDirty || conflict !== null}
              loading={form.isBusy}
              onClick={() => void form.save()}
            >
              {t(isNew ? 'create' : 'save')}
            </Button>
          </div>
        )
      }
    >
      {form.failure !== null && <Alert type="error" showIcon role="alert" title={form.failure} />}
      {notice !== null && <Alert type="info" showIcon title={notice} />}
      {conflict && (
        <Conflict
          clashes={conflict.fields.map((field) => ({
            field,
            label: labelOf(field),
            theirs: textOf(conflict.theirs, field),
            mine: textOf(form.draft, field),
          }))}
          onDecide={form.decide}
        />
      )}
      <Form layout="vertical" component="div">
        {children}
      </Form>
      {effected && (
        <Modal
          open
          title={t('effectConfirm')}
          okText={t('saveAnyway')}
          cancelText={t('cancel')}
          confirmLoading={form.isBusy}
          onOk={() => void form.confirm()}
          onCancel={form.dismiss}
        >
          {consequences}
          <Effect effected={effected} />
        </Modal>
      )}
    </Drawer>
  )
}
