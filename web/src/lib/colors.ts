/**
 * The themes beyond light and dark: their styles are loaded when somebody chose them, or when their system asks for more
 * contrast. A page changes over once they are there, so that it never stands without colours.
 */
export const colorSets = ['auto', 'high-contrast', 'colorblind', 'tritanopia'] as const
export type ColorSet = (typeof colorSets)[number]
type Extra = Exclude<ColorSet, 'auto'>

const MORE_CONTRAST = '(prefers-contrast: more)'

const styles: Record<Extra, () => Promise<unknown>> = {
  'high-contrast': () =>
    Promise.all([
      import('@primer/primitives/dist/css/functional/themes/light-high-contrast.css'),
      import('@primer/primitives/dist/css/functional/themes/dark-high-contrast.css'),
    ]),
  colorblind: () =>
    Promise.all([
      import('@primer/primitives/dist/css/functional/themes/light-colorblind.css'),
      import('@primer/primitives/dist/css/functional/themes/dark-colorblind.css'),
    ]),
  tritanopia: () =>
    Promise.all([
      import('@primer/primitives/dist/css/functional/themes/light-tritanopia.css'),
      import('@primer/primitives/dist/css/functional/themes/dark-tritanopia.css'),
    ]),
}

let chosen: ColorSet = 'auto'
let shown: Extra | null = null

/** Follows the choice, and where there is none the system, from now on. */
export function followColors(first: ColorSet): void {
  window.matchMedia(MORE_CONTRAST).addEventListener('change', () => void showColors(chosen))
  void showColors(first)
}

export async function showColors(set: ColorSet): Promise<void> {
  chosen = set
  const wanted = wantedNow()
  if (wanted === shown) return
  const loaded = wanted === null || (await styles[wanted]().then(yes, no))
  // Another choice may have overtaken this one, and styles that could not be loaded change nothing.
  if (!loaded || wanted !== wantedNow()) return
  shown = wanted
  const suffix = wanted === null ? '' : `_${wanted.replace('-', '_')}`
  const { dataset } = document.documentElement
  dataset['lightTheme'] = `light${suffix}`
  dataset['darkTheme'] = `dark${suffix}`
}

function wantedNow(): Extra | null {
  if (chosen !== 'auto') return chosen
  return window.matchMedia(MORE_CONTRAST).matches ? 'high-contrast' : null
}

const yes = () => true
const no = () => false
