/**
 * What a person chose for this browser. The theme lives in a cookie, because the server writes it into the page before
 * anything is drawn; the others live in the browser's storage. A browser that forbids both keeps them while the page lasts.
 */
import { useSyncExternalStore } from 'react'

import { type ColorSet, colorSets, followColors, showColors } from './colors.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
export const timeStyles = ['relative', 'local', 'utc'] as const
export type TimeStyle = (typeof timeStyles)[number]

export interface Preferences {
  theme: Theme
  colors: ColorSet
  time: TimeStyle
  /** Whether single keys do something (WCAG 2.1.4). */
  shortcuts: boolean
}

const THEME_COOKIE = 'deckhand-theme'
const COOKIE_SECONDS = 365 * 86_400
const STORED = { colors: 'deckhand.colors', time: 'deckhand.time', shortcuts: 'deckhand.shortcuts' } as const

let chosen: Preferences | null = null
const listeners = new Set<() => void>()

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, current)
}

export function choose(change: Partial<Preferences>): void {
  chosen = { ...current(), ...change }
  if (change.theme !== undefined) {
    document.documentElement.dataset['colorMode'] = change.theme
    const secure = window.location.protocol === 'https:' ? '; Secure' : ''
    document.cookie = `${THEME_COOKIE}=${change.theme}; Path=/; Max-Age=${COOKIE_SECONDS}; SameSite=Lax${secure}`
  }
  if (change.colors !== undefined) {
    keep(STORED.colors, change.colors)
    void showColors(change.colors)
  }
  if (change.time !== undefined) keep(STORED.time, change.time)
  if (change.shortcuts !== undefined) keep(STORED.shortcuts, change.shortcuts ? 'on' : 'off')
  for (const listener of listeners) listener()
}

/** What was chosen at an earlier visit, where the server does not write it into the page. */
export function startPreferences(): void {
  followColors(current().colors)
}

function current(): Preferences {
  chosen ??= {
    theme: known(themes, document.documentElement.dataset['colorMode'] ?? null),
    colors: known(colorSets, kept(STORED.colors)),
    time: known(timeStyles, kept(STORED.time)),
    shortcuts: kept(STORED.shortcuts) !== 'off',
  }
  return chosen
}

function known<T extends string>(values: readonly [T, ...T[]], given: string | null): T {
  return values.find((value) => value === given) ?? values[0]
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // See the head of this file.
  }
}
