import { Tag } from 'antd'

/** ok: it works; off: somebody has stopped it; warn: it is being tried; bad: somebody has to do something. */
export type Mood = 'ok' | 'off' | 'warn' | 'bad'

const COLOURS: Readonly<Record<Exclude<Mood, 'ok' | 'off'>, string>> = { warn: 'warning', bad: 'error' }

export function StateTag({ mood, text }: { readonly mood: Mood; readonly text: string }) {
  if (mood === 'ok') return <span className="admin-ok">{text}</span>
  return (
    <Tag className="admin-tag" {...(mood === 'off' ? {} : { color: COLOURS[mood] })}>
      {text}
    </Tag>
  )
}
