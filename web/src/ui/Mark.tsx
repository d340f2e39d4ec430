/** The product's mark: an anchor. */
import css from './Shell.module.css'

export function Mark() {
  return (
    <svg className={css.mark} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <circle cx="16" cy="8.6" r="2.6" />
        <path d="M16 11.2v14.6M11.4 15.2h9.2M6.8 17.8c.4 5 4.2 8 9.2 8s8.8-3 9.2-8" />
      </g>
    </svg>
  )
}
