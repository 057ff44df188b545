import type { Catalogue } from './admin.ts'
import type { T } from './i18n/texts.ts'
import { zhCN, type AdminKey } from './i18n/zh-cn.ts'

/** What a field of people is called: by the console, by the catalogue, or by its key. */
export function fieldLabel(t: T, { fields }: Pick<Catalogue, 'fields'>, key: string): string {
  const text = [`column_${key}`, `field_${key}`].find(isKey)
  return text === undefined ? (fields.find((field) => field.key === key)?.label ?? key) : t(text)
}

export function isKey(text: string): text is AdminKey {
  return Object.hasOwn(zhCN, text)
}
