import { useMemo } from 'react'
import { useI18n } from '../../i18n/i18n.tsx'
import type { Language } from '../../i18n/language.ts'
import { en } from './en.ts'
import { zhCN, type AdminKey, type AdminTexts } from './zh-cn.ts'

const TEXTS: Readonly<Record<Language, AdminTexts>> = { 'zh-CN': zhCN, en }

export type T = (key: AdminKey, values?: Readonly<Record<string, string | number>>) => string

/** Texts of the console: they come with it, not with the app. */
export function useTexts(): {
  readonly t: T
  readonly language: Language
  readonly time: (at: Date) => string
} {
  const { language, time } = useI18n()
  return useMemo(() => ({ t: textsOf(language), language, time }), [language, time])
}

export function textsOf(language: Language): T {
  const texts = TEXTS[language]
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
