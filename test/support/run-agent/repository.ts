/** A repository over smart HTTP for tests: git's own `http-backend` behind a server that asks for the token. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const identity = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@users.noreply.github.com']

export interface TestRepository extends AsyncDisposable {
  cloneUrl: string
  sha: string
  /** How many requests came with the right token, and without. */
  seen: { authorized: number; refused: number }
}

/** @param dir an empty folder. @param files what the first commit holds. @param links where its links lead. */
export async function serveRepository(
  dir: string,
  token: string,
  files: Record<string, string> = { 'README.md': '# Shop\n' },
  links: Record<string, string> = {},
): Promise<TestRepository> {
  const work = join(dir, 'work')
  mkdirSync(work)
  const git = (...args: string[]): string =>
    execFileSync('git', [...identity, ...args], { cwd: work, encoding: 'utf8' }).trim()
  git('init', '--quiet', '--initial-branch=main')
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(work, path, '..'), { recursive: true })
    writeFileSync(join(work, path), content)
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(work, path))
  git('add', '--all')
  git('commit', '--quiet', '--message=First commit')
  mkdirSync(join(dir, 'acme'))
  git('clone', '--quiet', '--bare', work, join(dir, 'acme', 'shop.git'))
  const sha = git('rev-parse', 'HEAD')
  const seen = { authorized: 0, refused: 0 }
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  const server = createServer((req, res) => {
    if (req.headers.authorization !== expected) {
      seen.refused++
      res.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    seen.authorized++
    const [path = '', query = ''] = (req.url ?? '').split('?')
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: dir,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: req.method,
        CONTENT_TYPE: req.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: req.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(req.headers['git-protocol'] ?? ''),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    req.pipe(backend.stdin)
    const chunks: Buffer[] = []
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    backend.on('close', () => {
      const all = Buffer.concat(chunks)
      const split = all.indexOf('\r\n\r\n')
      const headers = all.subarray(0, split).toString().split('\r\n')
      let status = 200
      for (const header of headers) {
        const [name = '', value = ''] = header.split(': ')
        if (name === 'Status') status = Number.parseInt(value, 10)
        else res.setHeader(name, value)
      }
      res.writeHead(status).end(all.subarray(split + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    cloneUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop.git`,
    sha,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
