/** What the agent of a Run says while it works, as it may stand on GitHub: nothing of it waits for a proposal's check. */
import { visible } from './render/inert.ts'
import type { Run } from './run.ts'
import { MASK, secretSearch } from './secrets.ts'

/** Secrets of the installation, and what each dispatch was given. */
interface Known {
  knownSecrets: readonly string[]
  nonceFor: (dispatchId: string) => string
}

/** The Run without the words in which a secret stands; where they hold one together only, without all of them. */
export function inPublicOf({ knownSecrets, nonceFor }: Known): (run: Run) => Run {
  const searchKnown = secretSearch(knownSecrets)
  return (run) => {
    const words = wordsOf(run)
    if (words.length === 0) return run
    const searchOwn = secretSearch([nonceFor(run.dispatch.id)])
    // As it would be seen: what is only shaped like a secret is masked there by itself, without the words around it.
    const hides = (text: string): boolean => {
      const seen = visible(text)
      return (searchKnown(seen) ?? searchOwn(seen)) !== null
    }
    if (!hides(words.join('\n'))) return run
    const hiding = new Set(words.filter(hides))
    return withWords(run, (text) => (hiding.size === 0 || hiding.has(text) ? MASK : text))
  }
}

/** What is shown of it; the rest of what an agent says is seen by who may read the Run. */
function wordsOf({ plan = [], progress, summary, reasonDetail }: Run): string[] {
  const words = [...plan.map(({ title }) => title), progress?.title, summary, reasonDetail]
  return words.filter((text): text is string => Boolean(text))
}

function withWords(run: Run, say: (text: string) => string): Run {
  const { plan, progress, summary, reasonDetail } = run
  return {
    ...run,
    ...(plan ? { plan: plan.map((step) => ({ ...step, title: say(step.title) })) } : {}),
    progress: progress && { ...progress, title: say(progress.title) },
    summary: summary && say(summary),
    reasonDetail: reasonDetail && say(reasonDetail),
  }
}
