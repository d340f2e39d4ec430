/**
 * Watches the queries of an app in this process: each has to have a shape that the catalogue holds, where its cost over
 * many Runs is known (P8). The list of shapes is written by the catalogue's own test.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { mongo } from 'mongoose'

import { shapeOf } from './shape.ts'

export const SHAPES = join(import.meta.dirname, 'shapes.txt')

export interface QueryWatch {
  observe: (event: mongo.CommandStartedEvent) => void
  /** Shapes that were issued and are in no catalogue. */
  unknown: () => string[]
}

export function watchQueries(): QueryWatch {
  const issued = new Set<string>()
  return {
    observe({ commandName, command }) {
      const shape = shapeOf(commandName, command)
      // The one change stream of a process reads no index.
      if (shape && !shape.includes('$changeStream')) issued.add(shape)
    },
    unknown() {
      const known = new Set(readFileSync(SHAPES, 'utf8').split('\n'))
      return [...issued].filter((shape) => !known.has(shape))
    },
  }
}
