/** The page's h1. It names the browser tab, and takes the focus when one page follows another. */
import { useLocation } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react'

let firstPath: string | null = null

/** Gives the page's title the focus that nothing has, because what had it is gone. The page stays where it is. */
export function focusTitle(): void {
  if (document.activeElement && document.activeElement !== document.body) return
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
}

/** For what may leave a page by itself: when the element goes while it has the focus, the title gets that. */
export function useFocusLeft(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const own = element.current
    const { pathname } = window.location
    return () => {
      // Where the whole page goes, the next one sees to its title.
      if (window.location.pathname !== pathname || !own?.contains(document.activeElement)) return
      // Here it still stands on the page; by the next microtask it is gone, and the focus with it.
      queueMicrotask(focusTitle)
    }
  }, [element])
}

/** For what is shown only at times: when it goes, and the focus with it, while the page stays, the title gets that. */
export function useFocusAfter(shown: boolean): void {
  const was = useRef(shown)
  useEffect(() => {
    if (was.current && !shown) focusTitle()
    was.current = shown
  }, [shown])
}

export interface PageTitleProps {
  /** The title of the browser's tab. */
  tab: string
  className?: string | undefined
  children: ReactNode
}

export function PageTitle({ tab, className, children }: PageTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    document.title = tab
  }, [tab])
  useEffect(() => {
    firstPath ??= pathname
    // The first page leaves the focus at the top, where the skip link is.
    if (pathname === firstPath) return
    firstPath = ''
    heading.current?.focus()
  }, [pathname])
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  )
}
