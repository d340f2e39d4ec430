/** A bounded map that forgets the oldest entry: for what is nice to remember and cheap to ask again. */

export interface SmallMemory<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
}

export function smallMemory<K, V>(entriesMax: number): SmallMemory<K, V> {
  const entries = new Map<K, V>()
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > entriesMax) entries.delete(entries.keys().next().value!)
    },
    delete: (key) => void entries.delete(key),
  }
}
