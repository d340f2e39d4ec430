/** Which workflow files a `repository_dispatch` starts. */
import { readBlob } from './git.ts'
import { isMap, readWorkflow } from './parser.ts'
import type { Node } from './parser.ts'
import type { WorkflowSource } from './plan.ts'

/** True when the file listens for this event type, or when it cannot be read at all: GitHub shows such a run as failed. */
export async function wantsDispatch(gitDir: string, source: WorkflowSource, eventType: string): Promise<boolean> {
  const content = await readBlob(gitDir, source.sha, source.path)
  if (content === null) return false
  const { tree } = await readWorkflow(source.path, content)
  const on = tree['on']
  if (on === undefined) return true
  if (typeof on === 'string') return on === 'repository_dispatch'
  if (Array.isArray(on)) return on.includes('repository_dispatch')
  if (!isMap(on) || !('repository_dispatch' in on)) return false
  const dispatch = on['repository_dispatch']
  const types = isMap(dispatch) ? dispatch['types'] : undefined
  return types === undefined || list(types).includes(eventType)
}

function list(node: Node): Node[] {
  return Array.isArray(node) ? node : [node]
}
