/** Parts of red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** WCAG 2.2, 1.4.3: text is read by people with weak eyes from here on. */
export const LEAST_CONTRAST = 4.5
const SATURATION = 0.5
const LIGHTEST = 0.5
const STEP = 0.01

/** The lightest colour of a hue, in degrees, on which white can be read. Whole parts, so that what is checked is what is shown. */
export function groundOf(hue: number): Rgb {
  let lightness = LIGHTEST
  let colour = rgb(hue, lightness)
  while (whiteContrast(colour) < LEAST_CONTRAST) {
    lightness -= STEP
    colour = rgb(hue, lightness)
  }
  return colour
}

/** Contrast of white on a colour, 1 to 21, as WCAG defines it. */
export function whiteContrast([red, green, blue]: Rgb): number {
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  return 1.05 / (luminance + 0.05)
}

export function hexOf(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

function linear(part: number): number {
  const share = part / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

/** HSL to RGB, as CSS Color 4 does it. */
function rgb(hue: number, lightness: number): Rgb {
  const reach = SATURATION * Math.min(lightness, 1 - lightness)
  const part = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [part(0), part(8), part(4)]
}
