import { createContext, use } from 'react'
import { en } from './en.ts'
import type { Language } from './language.ts'
import { zhCN, type TextKey, type Texts } from './zh-cn.ts'

const TEXTS: Readonly<Record<Language, Texts>> = { 'zh-CN': zhCN, en }

/** Texts of one language, and times as its readers write them. */
export interface I18n {
  readonly language: Language
  readonly t: (key: TextKey, values?: Readonly<Record<string, string | number>>) => string
  readonly time: (at: Date) => string
}

export function i18nOf(language: Language): I18n {
  const texts = TEXTS[language]
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  return {
    language,
    t: (key, values = {}) =>
      texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')),
    time: (at) => format.format(at),
  }
}

export const I18nContext = createContext<I18n>(i18nOf('zh-CN'))

export function useI18n(): I18n {
  return use(I18nContext)
}
