/**
 * Takes the place of the module with which antd writes `<style>` elements: the policy of the page has none of those. What
 * a script makes as a style sheet it may use. Same names and arguments as `@rc-component/util/es/Dom/dynamicCSS`.
 */
interface Options {
  readonly mark?: string
  readonly prepend?: boolean | 'queue'
  readonly priority?: number
}

interface Kept {
  readonly sheet: CSSStyleSheet
  readonly isBefore: boolean
  readonly priority: number
  css: string
}

/** What callers do with the element that they expect. */
const ELEMENT = { setAttribute: (): void => {} }

const KEPT = new Map<string, Kept>()
let nameless = 0

export function injectCSS(css: string, options: Options = {}): typeof ELEMENT {
  return updateCSS(css, `nameless ${nameless++}`, options)
}

export function updateCSS(css: string, key: string, options: Options = {}): typeof ELEMENT {
  const name = nameOf(key, options)
  const known = KEPT.get(name)
  if (known && known.css !== css) {
    known.css = css
    known.sheet.replaceSync(css)
  }
  if (!known) add(name, css, options)
  return { ...ELEMENT }
}

export function removeCSS(key: string, options: Options = {}): void {
  const known = KEPT.get(nameOf(key, options))
  if (!known) return
  KEPT.delete(nameOf(key, options))
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== known.sheet)
}

export function clearContainerCache(): void {}

/** Of an icon: none of ours stands in a shadow tree. */
export function getShadowRoot(): null {
  return null
}

/** antd warns of what is wrong with icons; ours are its own. */
export function warningOnce(): void {}

function add(name: string, css: string, { prepend = false, priority = 0 }: Options): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  const kept = { sheet, isBefore: prepend !== false, priority, css }
  KEPT.set(name, kept)
  const bySheet = new Map([...KEPT.values()].map((one) => [one.sheet, one]))
  const sheets = [...document.adoptedStyleSheets]
  const comesAfter = (one: Kept | undefined) => !one || !one.isBefore || one.priority > priority
  const at = kept.isBefore ? sheets.findIndex((other) => comesAfter(bySheet.get(other))) : -1
  sheets.splice(at === -1 ? sheets.length : at, 0, sheet)
  document.adoptedStyleSheets = sheets
}

function nameOf(key: string, { mark = '' }: Options): string {
  return `${mark} ${key}`
}
