/** A shortcut as it is printed on keys: `g r`, `⌘K` or `Ctrl K`. */
import css from './Commands.module.css'

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function Keys({ keys }: { keys: string }) {
  const parts = keys
    .replace('mod+', MAC ? '⌘ ' : 'Ctrl ')
    .split(' ')
    .map((key) => (key.length === 1 && keys.startsWith('mod') ? key.toUpperCase() : key))
  return (
    <span className={css.keys}>
      {parts.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  )
}
