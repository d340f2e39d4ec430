/** The page's h1. It names the browser tab, and takes the focus when one page follows another. */
import { useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'

let firstPath: string | null = null

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
