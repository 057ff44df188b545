import { LANGUAGES, preferredLanguage, type Language } from '../i18n/language.ts'
import { Store } from './store.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

interface Values {
  readonly language: Language
  readonly theme: Theme
}

const KEY = 'dolores.preferences'

/** What somebody has chosen for this browser, whoever is signed in. */
export class Preferences {
  readonly values: Store<Values>

  constructor() {
    this.values = new Store(read())
    this.#apply()
  }

  setLanguage(language: Language): void {
    this.#set({ ...this.values.value, language })
  }

  setTheme(theme: Theme): void {
    this.#set({ ...this.values.value, theme })
  }

  #set(values: Values): void {
    this.values.set(values)
    localStorage.setItem(KEY, JSON.stringify(values))
    this.#apply()
  }

  #apply(): void {
    const { language, theme } = this.values.value
    document.documentElement.lang = language
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
  }
}

function read(): Values {
  const fallback: Values = { language: preferredLanguage(navigator.languages), theme: 'system' }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return fallback
    const [language, theme] = ['language', 'theme'].map((name): unknown => Reflect.get(kept, name))
    return {
      language: isLanguage(language) ? language : fallback.language,
      theme: THEMES.find((one) => one === theme) ?? fallback.theme,
    }
  } catch {
    return fallback
  }
}

function isLanguage(text: unknown): text is Language {
  return typeof text === 'string' && Object.hasOwn(LANGUAGES, text)
}
