/** What the agent made: the files by folder on the left, their diffs on the right, each rendered when it is opened. */
import { LinkExternalIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'

import type { ChangesBody, RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { useCommands } from '../../commands/registry.ts'
import { diffLines, foldersOf } from '../../diff.ts'
import { number } from '../../lib/time.ts'
import { changesQuery } from '../../queries.ts'
import blank from '../../ui/blank.module.css'
import { Loading } from '../../ui/Loading.tsx'
import { Problem } from '../../ui/Problem.tsx'
import table from '../../ui/table.module.css'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChangesTab.module.css'
import { useLastRead } from './useLastRead.ts'

const text = runTabWords.changes
const FILES_MAX = 300
/** So many lines of diffs are shown without being asked for. */
const OPEN_LINES_MAX = 1_000
type File = ChangesBody['files'][number]

export function ChangesTab({ run }: { run: RunBody }) {
  const { data, error, refetch } = useQuery(changesQuery(run))
  const last = useLastRead(`${run.id} ${run.attempt}`, data)
  // That there was nothing earlier says nothing of now.
  const changes = data ?? (last && last.files.length > 0 ? last : undefined)
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {changes ? <Made run={run} changes={changes} /> : !error && <Loading what={text.loading} />}
    </>
  )
}

function Made({ run, changes }: { run: RunBody; changes: ChangesBody }) {
  const { files } = changes
  const none = isTerminal(run.status) ? text.noneEnded : text.none
  return (
    <section aria-label={text.title}>
      {changes.unavailable && <p className={css.note}>{changes.unavailable}</p>}
      {!changes.unavailable && files.length === 0 && <p className={css.note}>{none}</p>}
      {changes.from === 'proposal' && files.length > 0 && (
        <p className={css.note}>{run.dryRun ? text.dryRun : text.proposed}</p>
      )}
      {changes.wouldOpen && <WouldOpen pull={changes.wouldOpen} />}
      {files.length > 0 && <Files key={`${run.id} ${changes.from ?? ''}`} run={run} changes={changes} />}
    </section>
  )
}

/** Somebody else's words, shown as they are written and not as they would look. */
function WouldOpen({ pull: { title, body, draft } }: { pull: NonNullable<ChangesBody['wouldOpen']> }) {
  return (
    <details className={css.file}>
      <summary className={css.summary}>
        <span className={css.path}>{draft ? text.wouldOpenDraft : text.wouldOpen}</span>
      </summary>
      <dl className={css.pull}>
        <dt>{text.pullRequestTitle}</dt>
        <dd>{title}</dd>
        <dt>{text.pullRequestBody}</dt>
        <dd>
          <pre className={css.body}>{body}</pre>
        </dd>
      </dl>
    </details>
  )
}

function Files({ run, changes }: { run: RunBody; changes: ChangesBody }) {
  const { files, commits, url } = changes
  const { file: wanted } = useSearch({ from: '/runs/$id' })
  const [open, setOpen] = useState(() => firstOpen(files))
  const all = () => setOpen(new Set(files.map(({ path }) => path)))
  const none = () => setOpen(new Set())
  useCommands([
    { id: 'changes.expand', title: text.expandAll, keys: 'e', run: all },
    { id: 'changes.collapse', title: text.collapseAll, keys: 'w', run: none },
  ])
  useEffect(() => {
    if (wanted !== undefined) setOpen((now) => new Set([...now, wanted]))
  }, [wanted])
  const toggle = (path: string, is: boolean) =>
    setOpen((now) => (now.has(path) === is ? now : new Set(is ? [...now, path] : [...now].filter((p) => p !== path))))
  return (
    <>
      <div className={css.toolbar}>
        <span className={css.lead}>
          {words.run.plural(number(commits.length), 'commit')} · {words.run.plural(number(files.length), 'file')}
          {files.length >= FILES_MAX && ` · ${text.cut}`}
        </span>
        <Button onClick={all}>{text.expandAll}</Button>
        <Button onClick={none}>{text.collapseAll}</Button>
        {url && (
          <a href={url} className={css.compare}>
            {text.compare} <LinkExternalIcon aria-label={words.external} />
          </a>
        )}
      </div>
      <ul aria-label={text.commits} className={css.commits}>
        {commits.map(({ sha, message }, index) => (
          <li key={sha ?? index}>
            {sha && <code>{sha.slice(0, 7)}</code>} {message.split('\n', 1)[0]}
          </li>
        ))}
      </ul>
      <div className={css.columns}>
        <Tree run={run} files={files} />
        <ul aria-label={text.files} className={css.files}>
          {files.map((file) => (
            <FileDiff
              key={file.path}
              file={file}
              open={open.has(file.path)}
              wanted={file.path === wanted}
              onToggle={toggle}
            />
          ))}
        </ul>
      </div>
    </>
  )
}

function Tree({ run, files }: { run: RunBody; files: readonly File[] }) {
  const folders = useMemo(() => foldersOf(files.map(({ path }) => path)), [files])
  return (
    <nav aria-label={text.tree} className={css.tree}>
      <ul>
        {folders.map((folder) => (
          <li key={folder.name}>
            {folder.name !== '' && <span className={css.folder}>{folder.name}</span>}
            <ul>
              {folder.files.map(({ name, place }) => (
                <li key={place}>
                  <Link
                    to="/runs/$id"
                    params={{ id: run.id }}
                    search={{ tab: 'changes', file: files[place]?.path }}
                    resetScroll={false}
                    className={css.name}
                  >
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </nav>
  )
}

interface FileDiffProps {
  file: File
  open: boolean
  wanted: boolean
  onToggle: (path: string, open: boolean) => void
}

function FileDiff({ file, open, wanted, onToggle }: FileDiffProps) {
  const place = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (wanted) place.current?.scrollIntoView({ block: 'start' })
  }, [wanted])
  return (
    <li ref={place} className={css.file} data-file={file.path}>
      <details open={open} onToggle={(event) => onToggle(file.path, event.currentTarget.open)}>
        <summary className={css.summary}>
          <span className={css.path}>{file.path}</span>
          <span className={css.status}>
            {text.statuses[file.status]}
            {file.previousPath && `, ${text.renamed(file.previousPath)}`}
          </span>
          {file.additions !== null && (
            <span>
              <span className={css.plus}>+{number(file.additions)}</span>{' '}
              <span className={css.minus}>−{number(file.deletions ?? 0)}</span>
            </span>
          )}
        </summary>
        {open && (file.patch === null ? <p className={css.note}>{text.noDiff}</p> : <Patch file={file} />)}
      </details>
    </li>
  )
}

const signs = { hunk: '', same: ' ', added: '+', removed: '−', note: '' } as const

function Patch({ file }: { file: File }) {
  const lines = useMemo(() => diffLines(file.patch ?? ''), [file.patch])
  return (
    <div className={table.scroller} tabIndex={0} role="region" aria-label={text.diffOf(file.path)}>
      <table className={css.diff}>
        <thead className={blank.hidden}>
          <tr>
            <th scope="col">{text.columns.before}</th>
            <th scope="col">{text.columns.after}</th>
            <th scope="col">{text.columns.text}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} data-kind={line.kind}>
              <td className={css.number}>{line.before}</td>
              <td className={css.number}>{line.after}</td>
              <td className={css.text}>
                {signs[line.kind]}
                {line.text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The first files, as long as they are few lines. */
function firstOpen(files: readonly File[]): ReadonlySet<string> {
  let lines = 0
  const open = new Set<string>()
  for (const { path, patch } of files) {
    lines += patch?.split('\n').length ?? 0
    if (lines > OPEN_LINES_MAX) break
    open.add(path)
  }
  return open
}
