/**
 * Where the runner starts. Only what stands here is loaded eagerly: the nonce is masked before anything else happens,
 * and a job that was started in a wrong way is told so before a library is loaded.
 */
import { runnerCommands } from './commands.ts'
import { InputProblem, checkInputs, readEnvironment, readEvent } from './inputs.ts'

const EXIT_REFUSED = 2
const EXIT_RETRYABLE = 75

async function start(): Promise<number> {
  const environment = readEnvironment()
  const commands = runnerCommands((text) => void process.stdout.write(text), environment.files)
  try {
    const { payload, nonce } = readEvent(environment)
    if (nonce) commands.mask(nonce)
    const inputs = await checkInputs(environment, payload)
    const [{ main }, { redactor }, { defaultTiming }] = await Promise.all([
      import('./main.ts'),
      import('./redact.ts'),
      import('./timing.ts'),
    ])
    return await main({
      inputs,
      commands,
      redactor: redactor(),
      timing: defaultTiming,
      providerFor: async (name, settings) => (await import('#sandboxes/table.ts')).providerFor(name, settings),
      agentFor: async (name) => (await import('./agents/table.ts')).agentFor(name),
      onStopSignal,
    })
  } catch (error) {
    if (error instanceof InputProblem) {
      commands.error('This job was not started by Deckhand', error.message)
      return EXIT_REFUSED
    }
    // Not foreseen, so the text may hold anything: the kind and the place are enough to find it.
    const { name, stack = '' } = error as Error
    const place = /\(?([^\s(]+:\d+:\d+)\)?/.exec(stack)?.[1] ?? 'an unknown place'
    commands.error('The action broke', `${name} at ${place}. This is a fault of the action; please report it.`)
    return EXIT_RETRYABLE
  }
}

/** Actions cancels with SIGINT, SIGTERM 7.5 s later, and SIGKILL 2.5 s after that. */
function onStopSignal(listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

// The exit is explicit: an agent that was left alone, or a socket, must not hold the job.
const exitCode = await start()
process.stdout.write('', () => process.exit(exitCode))
