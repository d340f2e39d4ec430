/** The Git database API: blobs, trees, commits, refs. */
import { mayWriteWorkflows } from '../access.ts'
import { pushed } from '../acts/branches.ts'
import { actorOf } from '../auth.ts'
import { ApiError, notByIntegration, notFound, unprocessable } from '../errors.ts'
import {
  deleteRef,
  isAncestor,
  isRefName,
  isSha,
  listRefs,
  objectType,
  readBlob,
  readCommit,
  readRef,
  readTree,
  writeBlob,
  writeCommit,
  writeRef,
  writeTree,
  ZERO_SHA,
} from '../git/objects.ts'
import type { Ref, Signature, TreeChange } from '../git/objects.ts'
import { GitError } from '../git/plumbing.ts'
import { gitNodeId } from '../ids.ts'
import { created, listAnswer, noContent, ok, onRepository, reads, text, writes } from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { repositoryApi } from '../views/common.ts'
import { gitCommitView, noreply, refView, treeView } from '../views/git.ts'

const INLINE_TREE_ENTRIES_MAX = 100_000

async function expect(call: RepositoryCall, sha: string, type: string, refusal: () => ApiError): Promise<void> {
  if ((await objectType(call.repository.gitDir, sha)) !== type) throw refusal()
}

async function createBlob(call: RepositoryCall) {
  const { content, encoding = 'utf-8' } = call.body as { content: string; encoding?: string }
  if (encoding !== 'utf-8' && encoding !== 'base64') throw unprocessable(`Unsupported encoding ${encoding}.`)
  const sha = await writeBlob(call.repository.gitDir, Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'))
  const url = `${repositoryApi(call.world, call.repository)}/git/blobs/${sha}`
  return created({ url, sha }, url)
}

async function getBlob(call: RepositoryCall) {
  const { repository, world } = call
  const sha = text(call.params['file_sha'])
  await expect(call, sha, 'blob', notFound)
  const content = await readBlob(repository.gitDir, sha)
  if (call.accept.includes('raw'))
    return { status: 200, raw: { type: 'application/vnd.github.raw+json', bytes: content } }
  const url = `${repositoryApi(world, repository)}/git/blobs/${sha}`
  const node = gitNodeId('B', repository.id, sha)
  // Lines of 60 characters, as GitHub wraps base64.
  const wrapped = content.toString('base64').replaceAll(/(.{60})/g, '$1\n')
  return ok({ sha, node_id: node, size: content.length, url, content: `${wrapped}\n`, encoding: 'base64' })
}

interface GivenEntry {
  path?: string
  mode?: string
  type?: string
  sha?: string | null
  content?: string
}

async function treeChange(call: RepositoryCall, entry: GivenEntry): Promise<TreeChange> {
  const { gitDir } = call.repository
  const { path = '', mode = '100644', sha, content } = entry
  const malformed = path === '' || path.startsWith('/') || path.endsWith('/') || path.includes('\0')
  if (malformed) throw unprocessable('tree.path contains a malformed path component')
  if (path.split('/').some((part) => ['', '.', '..'].includes(part) || part.toLowerCase() === '.git')) {
    throw unprocessable('tree.path contains a malformed path component')
  }
  if (path.startsWith('.github/workflows/') && !mayWriteWorkflows(call.world, call.principal, call.repository)) {
    throw notByIntegration()
  }
  if (content !== undefined && sha) throw unprocessable('Must supply either tree.sha or tree.content, not both.')
  if (content !== undefined) return { path, mode, sha: await writeBlob(gitDir, Buffer.from(content)) }
  if (sha === null) return { path, mode, sha }
  if (sha === undefined) throw unprocessable('Must supply tree.sha or tree.content.')
  const type = mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob'
  if (type !== 'commit' && (await objectType(gitDir, sha)) !== type)
    throw unprocessable('tree.sha ' + sha + ' is not a valid ' + type)
  return { path, mode, sha }
}

async function createTree(call: RepositoryCall) {
  const { gitDir } = call.repository
  const base = typeof call.body['base_tree'] === 'string' ? call.body['base_tree'] : null
  const given = call.body['tree'] as GivenEntry[]
  if (given.length > INLINE_TREE_ENTRIES_MAX) throw unprocessable('Too many tree entries.')
  if (given.length === 0 && base === null) throw unprocessable('Invalid tree info')
  const baseTypes = base === null ? 'tree' : await objectType(gitDir, base)
  if (baseTypes !== 'tree' && baseTypes !== 'commit') throw new ApiError(404, 'Not Found')
  const changes: TreeChange[] = []
  for (const entry of given) changes.push(await treeChange(call, entry))
  const existing = base === null ? [] : await readTree(gitDir, base, true)
  for (const { path, sha } of changes) {
    // Taking away what is not there is refused, not ignored.
    if (sha === null && !existing.some((entry) => entry.path === path)) throw unprocessable('GitRPC::BadObjectState')
  }
  const sha = await writeTree(gitDir, base, changes)
  return created(treeView(call.world, call.repository, sha, await readTree(gitDir, sha)))
}

async function getTree(call: RepositoryCall) {
  const { gitDir } = call.repository
  const wanted = text(call.params['tree_sha'])
  const branch = isSha(wanted) ? null : await readRef(gitDir, `refs/heads/${wanted}`)
  const sha = branch?.sha ?? wanted
  const type = await objectType(gitDir, sha)
  if (type !== 'tree' && type !== 'commit') throw notFound()
  const tree = type === 'commit' ? (await readCommit(gitDir, sha)).tree : sha
  // Any value of `recursive` means yes, "0" and "false" too.
  const entries = await readTree(gitDir, tree, call.query['recursive'] !== undefined)
  return ok(treeView(call.world, call.repository, tree, entries))
}

function signatureOf(given: unknown, fallback: Signature): Signature {
  if (typeof given !== 'object' || given === null) return fallback
  const { name, email, date } = given as { name?: string; email?: string; date?: string }
  const at = date === undefined ? fallback.at : Math.floor(Date.parse(date) / 1000)
  return { name: name ?? fallback.name, email: email ?? fallback.email, at }
}

async function createCommit(call: RepositoryCall) {
  const { world, repository, body } = call
  const { user } = actorOf(world, call.principal)
  const tree = text(body['tree'])
  await expect(call, tree, 'tree', () => unprocessable(`Tree SHA does not exist: ${tree}`))
  const parents = (body['parents'] ?? []) as string[]
  for (const parent of parents) {
    await expect(call, parent, 'commit', () =>
      unprocessable(`Parent SHA does not exist or is not a commit object: ${parent}`),
    )
  }
  const own = { name: user.login, email: noreply(user), at: Math.floor(world.now() / 1000) }
  const author = signatureOf(body['author'], own)
  const committer = signatureOf(body['committer'], author)
  const sha = await writeCommit(repository.gitDir, { tree, parents, author, committer, message: text(body['message']) })
  // GitHub signs what an app commits in its own name; with an author of the caller's choosing it does not.
  const bot = call.principal.kind === 'installation' || call.principal.kind === 'job'
  if (bot && body['author'] === undefined && body['committer'] === undefined) world.verifiedCommits.add(sha)
  const view = gitCommitView(world, repository, await readCommit(repository.gitDir, sha))
  return created(view, view['url'])
}

async function getCommit(call: RepositoryCall) {
  const sha = text(call.params['commit_sha'])
  await expect(call, sha, 'commit', notFound)
  return ok(gitCommitView(call.world, call.repository, await readCommit(call.repository.gitDir, sha)))
}

/** The path names a ref without `refs/`: `heads/main`, `tags/v1`. */
const fullName = (call: RepositoryCall) => `refs/${text(call.params['ref']).replace(/^refs\//, '')}`

async function getRef(call: RepositoryCall) {
  const ref = await readRef(call.repository.gitDir, fullName(call))
  if (!ref) throw notFound()
  return ok(refView(call.world, call.repository, ref))
}

async function matchingRefs(call: RepositoryCall) {
  const wanted = fullName(call)
  const all = await listRefs(call.repository.gitDir)
  const found = all.filter((ref) => ref.ref.startsWith(wanted))
  return listAnswer(call, found, (ref) => refView(call.world, call.repository, ref))
}

async function writableCommit(call: RepositoryCall, sha: string): Promise<void> {
  if (!isSha(sha)) throw unprocessable(`The sha parameter must be exactly 40 characters and contain only [0-9a-f].`)
  const type = await objectType(call.repository.gitDir, sha)
  if (type === null) throw unprocessable('Object does not exist')
  if (type !== 'commit' && type !== 'tag') throw unprocessable('Reference update failed')
}

async function createRef(call: RepositoryCall) {
  const { world, repository } = call
  const ref = text(call.body['ref'])
  const sha = text(call.body['sha'])
  if (!/^refs\/[^/]+\/.+/.test(ref))
    throw unprocessable("Reference name must start with 'refs/' and contain at least two slashes.")
  if (!(await isRefName(repository.gitDir, ref))) throw unprocessable(`${ref} is not a valid ref name.`)
  await writableCommit(call, sha)
  if (await readRef(repository.gitDir, ref)) throw unprocessable('Reference already exists')
  await moveRef(call, ref, sha, ZERO_SHA, 'Reference already exists')
  const view = refView(world, repository, (await readRef(repository.gitDir, ref)) as Ref)
  return created(view, view['url'])
}

/** Two writers at once: git's own lock decides, and the loser hears what the winner's state means for it. */
async function moveRef(
  call: RepositoryCall,
  ref: string,
  after: string,
  before: string,
  refusal: string,
): Promise<void> {
  const { world, repository } = call
  try {
    await writeRef(repository.gitDir, ref, after, before)
  } catch (error) {
    if (error instanceof GitError) throw unprocessable(refusal)
    throw error
  }
  await pushed(world, actorOf(world, call.principal), repository, { ref, before, after })
}

async function updateRef(call: RepositoryCall) {
  const { world, repository } = call
  const ref = fullName(call)
  const sha = text(call.body['sha'])
  const known = await readRef(repository.gitDir, ref)
  if (!known) throw unprocessable('Reference does not exist')
  await writableCommit(call, sha)
  const forward = await isAncestor(repository.gitDir, known.sha, sha)
  if (!forward && call.body['force'] !== true) throw unprocessable('Update is not a fast forward')
  if (known.sha !== sha) await moveRef(call, ref, sha, known.sha, 'Reference cannot be updated')
  return ok(refView(world, repository, { ...known, sha }))
}

async function removeRef(call: RepositoryCall) {
  const { world, repository } = call
  const ref = fullName(call)
  const known = await readRef(repository.gitDir, ref)
  if (!known) throw unprocessable('Reference does not exist')
  if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable('Cannot delete the default branch')
  await deleteRef(repository.gitDir, ref)
  await pushed(world, actorOf(world, call.principal), repository, { ref, before: known.sha, after: null })
  return noContent
}

const git = '/repos/{owner}/{repo}/git'
export const gitDatabaseRoutes: Routes = {
  [`POST ${git}/blobs`]: onRepository(writes('contents'), createBlob),
  [`GET ${git}/blobs/{file_sha}`]: onRepository(reads('contents'), getBlob),
  [`POST ${git}/trees`]: onRepository(writes('contents'), createTree),
  [`GET ${git}/trees/{tree_sha}`]: onRepository(reads('contents'), getTree),
  [`POST ${git}/commits`]: onRepository(writes('contents'), createCommit),
  [`GET ${git}/commits/{commit_sha}`]: onRepository(reads('contents'), getCommit),
  [`GET ${git}/ref/{ref}`]: onRepository(reads('contents'), getRef),
  [`GET ${git}/matching-refs/{ref}`]: onRepository(reads('contents'), matchingRefs),
  [`POST ${git}/refs`]: onRepository(writes('contents'), createRef),
  [`PATCH ${git}/refs/{ref}`]: onRepository(writes('contents'), updateRef),
  [`DELETE ${git}/refs/{ref}`]: onRepository(writes('contents'), removeRef),
}
