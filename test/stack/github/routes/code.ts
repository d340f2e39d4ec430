/** Reading code: branches, commits, comparisons, contents. */
import { ApiError, notFound } from '../errors.ts'
import { aheadBehind, diffFiles, listCommits, mergeBase, unifiedDiff } from '../git/history.ts'
import { entryAt, listRefs, readBlob, readCommit, readRef, readTree, resolveCommit } from '../git/objects.ts'
import type { TreeEntry } from '../git/objects.ts'
import { listAnswer, ok, onRepository, optionalText, reads, text } from '../route.ts'
import type { Answer, RepositoryCall, Routes } from '../route.ts'
import { repositoryApi, repositoryHtml } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import { commitView, fileView } from '../views/git.ts'

const CONTENT_BYTES_MAX = 1024 * 1024

async function commitAt(call: RepositoryCall, rev: string, refusal: () => ApiError): Promise<string> {
  const sha = await resolveCommit(call.repository.gitDir, rev)
  if (sha === null) throw refusal()
  return sha
}

async function branch(call: RepositoryCall) {
  const { world, repository } = call
  const name = text(call.params['branch'])
  const ref = await readRef(repository.gitDir, `refs/heads/${name}`)
  if (!ref) throw new ApiError(404, 'Branch not found')
  const api = `${repositoryApi(world, repository)}/branches/${encodeURIComponent(name)}`
  return ok({
    name,
    commit: commitView(world, repository, await readCommit(repository.gitDir, ref.sha)),
    _links: { self: api, html: `${repositoryHtml(world, repository)}/tree/${name}` },
    protected: false,
    protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
    protection_url: `${api}/protection`,
  })
}

async function branches(call: RepositoryCall) {
  const refs = await listRefs(call.repository.gitDir, 'refs/heads')
  const api = repositoryApi(call.world, call.repository)
  return listAnswer(call, refs, (ref) => ({
    name: ref.ref.replace('refs/heads/', ''),
    commit: { sha: ref.sha, url: `${api}/commits/${ref.sha}` },
    protected: false,
  }))
}

async function commits(call: RepositoryCall) {
  const { world, repository, query } = call
  const rev = optionalText(query['sha']) ?? repository.defaultBranch
  const head = await commitAt(call, rev, notFound)
  const path = optionalText(query['path'])
  const found = await listCommits(repository.gitDir, head, path === undefined ? {} : { path })
  return listAnswer(call, found, (commit) => commitView(world, repository, commit))
}

async function commit(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const rev = text(call.params['ref'])
  const sha = await commitAt(call, rev, () => new ApiError(422, `No commit found for SHA: ${rev}`))
  if (/\bsha\b/.test(call.accept))
    return { status: 200, raw: { type: 'application/vnd.github.sha; charset=utf-8', bytes: sha } }
  const found = await readCommit(repository.gitDir, sha)
  const files = await diffFiles(repository.gitDir, found.parents[0] ?? null, sha)
  return ok(commitView(world, repository, found, files))
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call
  const [left = '', right = ''] = text(call.params['basehead']).split('...')
  const plain = (name: string) => (name.includes(':') ? name.slice(name.indexOf(':') + 1) : name)
  const base = await commitAt(call, plain(left), notFound)
  const head = await commitAt(call, plain(right), notFound)
  const common = await mergeBase(repository.gitDir, base, head)
  if (common === null) throw new ApiError(404, `No common ancestor between ${left} and ${right}.`)
  if (/\bdiff\b/.test(call.accept)) {
    const bytes = await unifiedDiff(repository.gitDir, common, head)
    return { status: 200, raw: { type: 'application/vnd.github.diff; charset=utf-8', bytes } }
  }
  const { ahead, behind } = await aheadBehind(repository.gitDir, base, head)
  const found = (await listCommits(repository.gitDir, head, { base })).toReversed()
  const files = await diffFiles(repository.gitDir, common, head)
  const html = `${repositoryHtml(world, repository)}/compare/${left}...${right}`
  return ok({
    url: `${repositoryApi(world, repository)}/compare/${left}...${right}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitView(world, repository, await readCommit(repository.gitDir, base)),
    merge_base_commit: commitView(world, repository, await readCommit(repository.gitDir, common)),
    status: ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: found.map((c) => commitView(world, repository, c)),
    files: files.map((file) => fileView(world, repository, head, file)),
  })
}

function entryView(call: RepositoryCall, entry: TreeEntry, path: string, ref: string): Json {
  const { world, repository } = call
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const api = `${repositoryApi(world, repository)}/contents/${encoded}?ref=${encodeURIComponent(ref)}`
  const html = `${repositoryHtml(world, repository)}/${entry.type === 'tree' ? 'tree' : 'blob'}/${ref}/${encoded}`
  const object = `${repositoryApi(world, repository)}/git/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}`
  return {
    name: path.split('/').at(-1),
    path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: api,
    html_url: html,
    git_url: object,
    download_url: entry.type === 'blob' ? `${repositoryHtml(world, repository)}/raw/${ref}/${encoded}` : null,
    type:
      entry.type === 'tree'
        ? 'dir'
        : entry.type === 'commit'
          ? 'submodule'
          : entry.mode === '120000'
            ? 'symlink'
            : 'file',
    _links: { self: api, git: object, html },
  }
}

async function contents(call: RepositoryCall): Promise<Answer> {
  const { repository } = call
  const ref = optionalText(call.query['ref']) ?? repository.defaultBranch
  const sha = await commitAt(call, ref, () => new ApiError(404, `No commit found for the ref ${ref}`))
  const path = text(call.params['path']).replaceAll(/^\/+|\/+$/g, '')
  const entry = path === '' ? null : await entryAt(repository.gitDir, sha, path)
  if (path !== '' && !entry) throw notFound()
  if (!entry || entry.type === 'tree') {
    const entries = await readTree(repository.gitDir, entry?.sha ?? sha)
    return ok(entries.map((e) => entryView(call, e, path === '' ? e.path : `${path}/${e.path}`, ref)))
  }
  const bytes = entry.type === 'blob' ? await readBlob(repository.gitDir, entry.sha) : Buffer.alloc(0)
  if (call.accept.includes('raw'))
    return { status: 200, raw: { type: 'application/vnd.github.raw+json; charset=utf-8', bytes } }
  const view = entryView(call, entry, path, ref)
  const large = bytes.length > CONTENT_BYTES_MAX
  if (entry.mode === '120000') return ok({ ...view, target: bytes.toString('utf8') })
  const wrapped = `${bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n')}\n`
  return ok({ ...view, content: large ? '' : wrapped, encoding: large ? 'none' : 'base64' })
}

const repo = '/repos/{owner}/{repo}'
export const codeRoutes: Routes = {
  [`GET ${repo}/branches`]: onRepository(reads('contents'), branches),
  [`GET ${repo}/branches/{branch}`]: onRepository(reads('contents'), branch),
  [`GET ${repo}/commits`]: onRepository(reads('contents'), commits),
  [`GET ${repo}/commits/{ref}`]: onRepository(reads('contents'), commit),
  [`GET ${repo}/compare/{basehead}`]: onRepository(reads('contents'), compare),
  [`GET ${repo}/contents/{path}`]: onRepository(reads('contents'), contents),
}
