import { App } from 'antd'
import { useState } from 'react'
import { EditKeys, type Outcome } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'

/** Something that is done by one press of a button. */
export interface Act {
  readonly isBusy: boolean
  /**
   * Does it and says what became of it; answers what was answered, null unless it was done. `content`: what is wanted, in plain
   * data: the same again, by a double click or after an answer was lost, has the same key. `done`: what is said then, where the
   * wish is fulfilled with that.
   */
  run<T>(content: object, work: (key: string) => Promise<Outcome<T>>, done?: string): Promise<T | null>
  /** The same once more is a new wish. Before that it is the one before, however soon that was answered. */
  renew(): void
}

export function useAct(): Act {
  const { t } = useTexts()
  const { message } = App.useApp()
  const [keys] = useState(() => new EditKeys())
  const [isBusy, setBusy] = useState(false)
  return {
    isBusy,
    run: async (content, work, done) => {
      if (isBusy) return null
      // What was said of the last time holds no more.
      message.destroy()
      setBusy(true)
      const outcome = await work(keys.of(content))
      setBusy(false)
      if (outcome.kind !== 'done') {
        void message.error(outcome.kind === 'away' ? t('awayActing') : failureText(t, outcome.failure))
        return null
      }
      if (done !== undefined) {
        keys.done()
        void message.success(done)
      }
      return outcome.answer
    },
    renew: () => keys.done(),
  }
}

/** Asks before something is done that cannot be undone. */
export function useAsking(): (
  title: string,
  content: string,
  okText: string,
  work: () => Promise<unknown>,
) => void {
  const { t } = useTexts()
  const { modal } = App.useApp()
  return (title, content, okText, onOk) =>
    void modal.confirm({
      title,
      content,
      okText,
      okButtonProps: { danger: true },
      cancelText: t('cancel'),
      onOk,
    })
}
