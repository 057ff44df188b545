import { theme, type ThemeConfig } from 'antd'

/** The colours of the app (`ui/tokens.css`) as antd wants them, light or dark. */
export function themeOf(isDark: boolean): ThemeConfig {
  const styles = getComputedStyle(document.documentElement)
  const token = (name: string) => pick(styles.getPropertyValue(`--${name}`), isDark)
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: isDark ? 'dolores-dark' : 'dolores-light' },
    token: {
      colorPrimary: token('accent'),
      colorLink: token('accent'),
      colorInfo: token('accent'),
      colorError: token('bad'),
      colorErrorText: token('bad'),
      colorBgBase: token('surface'),
      colorBgContainer: token('surface'),
      colorBgElevated: token('raised'),
      colorBgLayout: token('ground'),
      colorText: token('text'),
      colorTextSecondary: token('text-2'),
      colorTextTertiary: token('text-2'),
      colorTextDescription: token('text-2'),
      colorTextPlaceholder: token('text-2'),
      colorTextDisabled: token('text-2'),
      colorBorder: token('line-2'),
      colorBorderSecondary: token('line'),
      colorTextLightSolid: token('on-accent'),
      controlItemBgActive: token('chosen'),
      controlItemBgHover: token('hover'),
      borderRadius: 8,
      fontFamily: token('font'),
      fontSize: 14,
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    },
    components: {
      Button: {
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
        // What antd makes of the accent is too light below white.
        colorPrimaryHover: isDark ? '#a9c2ff' : '#1d46b0',
      },
      Tooltip: { colorTextLightSolid: '#ffffff' },
    },
  }
}

/** One side of `light-dark(a, b)`; other values are the same in both. */
function pick(value: string, isDark: boolean): string {
  const sides = /^\s*light-dark\(\s*(.+?)\s*,\s*(.+?)\s*\)\s*$/.exec(value)
  return (isDark ? sides?.[2] : sides?.[1]) ?? value.trim()
}
