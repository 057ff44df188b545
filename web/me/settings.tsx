import { THEMES, type Preferences } from '../app/preferences.ts'
import { useStore } from '../app/store.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { LANGUAGES, type Language } from '../i18n/language.ts'

const THEME_TEXTS = { system: 'themeSystem', light: 'themeLight', dark: 'themeDark' } as const

export function Settings({ preferences }: { preferences: Preferences }) {
  const { t } = useI18n()
  const { language, theme } = useStore(preferences.values)
  const languages = Object.keys(LANGUAGES).filter((tag): tag is Language => Object.hasOwn(LANGUAGES, tag))
  return (
    <>
      <label className="field">
        {t('language')}
        <select
          value={language}
          onChange={({ currentTarget: { value } }) => {
            const chosen = languages.find((tag) => tag === value)
            if (chosen) preferences.setLanguage(chosen)
          }}
        >
          {languages.map((tag) => (
            <option key={tag} value={tag} lang={tag}>
              {LANGUAGES[tag]}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="choices">
        <legend>{t('theme')}</legend>
        {THEMES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="theme"
              checked={one === theme}
              onChange={() => preferences.setTheme(one)}
            />
            {t(THEME_TEXTS[one])}
          </label>
        ))}
      </fieldset>
    </>
  )
}
