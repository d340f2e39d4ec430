/** The acts of people, as tests and the demo call them: a login instead of a session, the same acts as over REST. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { pushed } from './acts/branches.ts'
import { emitCheck, rerequestSuite } from './acts/checks.ts'
import * as installations from './acts/installations.ts'
import * as issues from './acts/issues.ts'
import { mergePull } from './acts/merge.ts'
import { submitReview } from './acts/reviews.ts'
import { blockIssue } from './acts/dependencies.ts'
import { addSubIssue } from './acts/sub-issues.ts'
import { person } from './auth.ts'
import { commitFiles } from './git/history.ts'
import { initBare, readRef, ZERO_SHA } from './git/objects.ts'
import type { CheckRunRecord, CommentRecord, InstallationRecord, IssueRecord, RepositoryRecord } from './records.ts'
import type { IssueAct, People } from './types.ts'
import { noreply } from './views/git.ts'
import type { World } from './world.ts'

export function peopleOf(world: World): People {
  return { ...accountActs(world), ...installationActs(world), ...issueActs(world), ...codeActs(world) }
}

function issueOf(world: World, act: IssueAct): IssueRecord {
  return world.issue(world.repository(act.repository).id, act.number)
}

function commentOf(world: World, id: number): CommentRecord {
  const found = world.comments.get(id)
  if (!found) throw new Error(`The local GitHub has no comment ${id}.`)
  return found
}

function installationOn(world: World, account: string): InstallationRecord {
  const found = world.installationOn(world.user(account).id)
  if (!found) throw new Error(`The App is not installed on ${account}.`)
  return found
}

function accountActs(world: World) {
  return {
    createUser: (user) => world.addUser(user),
    createRepository: async (wanted) => {
      const owner = world.findUser(wanted.owner) ?? world.addUser({ login: wanted.owner, type: 'Organization' })
      const gitDir = world.gitDirOf(owner.login, wanted.name)
      const { private: hidden, description, name } = wanted
      const repository = installations.addRepository(world, owner, { name, private: hidden, description, gitDir })
      for (const [login, role] of Object.entries(wanted.collaborators ?? {})) {
        if (!world.findUser(login)) world.addUser({ login })
        repository.collaborators.set(login, role)
      }
      await mkdir(dirname(gitDir), { recursive: true })
      await initBare(gitDir, repository.defaultBranch)
      const at = Math.floor(world.now() / 1000)
      const by = { name: owner.login, email: noreply(owner), at }
      const first = {
        branch: repository.defaultBranch,
        parent: null,
        message: 'Initial commit',
        by,
        files: wanted.files,
      }
      await commitFiles(gitDir, first)
      if (wanted.install !== false) installations.install(world, owner, [repository], admin(world, owner.login))
      return repository
    },
    setCollaborator: ({ repository, login, role }) => {
      const { collaborators } = world.repository(repository)
      if (role === 'none') collaborators.delete(login)
      else collaborators.set(login, role)
    },
    setOrganizationOwner: ({ organization, login, owner }) => {
      const { id } = world.user(organization)
      const owners = world.organizationOwners.get(id) ?? new Set<number>()
      world.organizationOwners.set(id, owners)
      if (owner) owners.add(world.user(login).id)
      else owners.delete(world.user(login).id)
    },
  } satisfies Partial<People>
}

/** An organization acts through a person; where a test names none, the account itself stands for them. */
const admin = (world: World, account: string, by?: string) => world.user(by ?? account)

function installationActs(world: World) {
  return {
    install: ({ account, repositories, by }) => {
      const chosen = repositories === undefined ? 'all' : repositories.map((name) => world.repository(name))
      return installations.install(world, world.user(account), chosen, admin(world, account, by))
    },
    uninstall: ({ account, by }) =>
      installations.uninstall(world, installationOn(world, account), admin(world, account, by)),
    suspend: ({ account, by }) =>
      installations.setSuspended(world, installationOn(world, account), true, admin(world, account, by)),
    unsuspend: ({ account, by }) =>
      installations.setSuspended(world, installationOn(world, account), false, admin(world, account, by)),
    setInstallationPermissions: ({ account, permissions, by }) =>
      installations.setPermissions(world, installationOn(world, account), permissions, admin(world, account, by)),
    removeInstalledRepository: ({ repository, by }) => {
      const record = world.repository(repository)
      const actor = admin(world, record.owner, by)
      installations.removeRepository(world, installationOn(world, record.owner), record, actor)
    },
  } satisfies Partial<People>
}

function issueActs(world: World) {
  const on = (act: IssueAct, change: (issue: IssueRecord) => void) => {
    const issue = issueOf(world, act)
    change(issue)
    return issue
  }
  const labels = (issue: IssueRecord) => world.labelsOf(issue).map((label) => label.name)
  return {
    openIssue: ({ repository, by, ...wanted }) =>
      issues.openIssue(world, person(world, by), world.repository(repository), wanted),
    editIssue: (act) => on(act, (i) => issues.editIssue(world, person(world, act.by), i, act)),
    closeIssue: (act) =>
      on(act, (i) => issues.setIssueState(world, person(world, act.by), i, 'closed', act.reason ?? null)),
    reopenIssue: (act) => on(act, (i) => issues.setIssueState(world, person(world, act.by), i, 'open')),
    lockIssue: (act) => on(act, (i) => issues.setLocked(world, person(world, act.by), i, true)),
    unlockIssue: (act) => on(act, (i) => issues.setLocked(world, person(world, act.by), i, false)),
    deleteIssue: (act) => void on(act, (i) => issues.deleteIssue(world, person(world, act.by), i)),
    addLabel: (act) =>
      void on(act, (i) => issues.setLabels(world, person(world, act.by), i, [...labels(i), act.label])),
    removeLabel: (act) =>
      void on(act, (i) =>
        issues.setLabels(
          world,
          person(world, act.by),
          i,
          labels(i).filter((l) => l !== act.label),
        ),
      ),
    assign: (act) =>
      void on(act, (i) =>
        issues.setAssignees(world, person(world, act.by), i, [...i.assigneeIds, world.user(act.assignee).id]),
      ),
    addSubIssue: ({ child, ...act }) =>
      addSubIssue(world, issueOf(world, act), issueOf(world, { ...act, ...child }), false),
    blockIssue: ({ blockedBy, ...act }) => blockIssue(issueOf(world, act), issueOf(world, { ...act, ...blockedBy })),
    comment: (act) => issues.addComment(world, person(world, act.by), issueOf(world, act), act.body),
    editComment: ({ id, by, body }) => {
      const comment = commentOf(world, id)
      issues.editComment(world, person(world, by), comment, body)
      return comment
    },
    deleteComment: ({ id, by }) => issues.deleteComment(world, person(world, by), commentOf(world, id)),
  } satisfies Partial<People>
}

async function push(world: World, act: Parameters<People['push']>[0]): Promise<string> {
  const repository: RepositoryRecord = world.repository(act.repository)
  const branch = act.branch ?? repository.defaultBranch
  const actor = person(world, act.by)
  const known = await readRef(repository.gitDir, `refs/heads/${branch}`)
  const parent = known ?? (await readRef(repository.gitDir, `refs/heads/${repository.defaultBranch}`))
  const by = { name: actor.user.login, email: noreply(actor.user), at: Math.floor(world.now() / 1000) }
  const message = act.message ?? `Update ${Object.keys(act.files)[0] ?? 'nothing'}`
  const after = await commitFiles(repository.gitDir, {
    branch,
    parent: parent?.sha ?? null,
    message,
    by,
    files: act.files,
  })
  await pushed(world, actor, repository, { ref: `refs/heads/${branch}`, before: known?.sha ?? ZERO_SHA, after })
  return after
}

function codeActs(world: World) {
  const pullOf = (act: IssueAct) => world.pull(world.repository(act.repository).id, act.number)
  const checkOf = (id: number): CheckRunRecord => {
    const found = world.checkRuns.get(id)
    if (!found) throw new Error(`The local GitHub has no check run ${id}.`)
    return found
  }
  return {
    push: (act) => push(world, act),
    review: (act) => submitReview(world, person(world, act.by), pullOf(act), act),
    mergePull: async (act) => {
      await mergePull(world, person(world, act.by), pullOf(act))
      return pullOf(act)
    },
    closePull: (act) => {
      issues.setIssueState(world, person(world, act.by), issueOf(world, act), 'closed')
      return pullOf(act)
    },
    reopenPull: (act) => {
      issues.setIssueState(world, person(world, act.by), issueOf(world, act), 'open')
      return pullOf(act)
    },
    rerequestCheckRun: ({ id, by }) => emitCheck(world, person(world, by), checkOf(id), 'rerequested'),
    rerequestChecks: ({ repository, branch, by }) =>
      rerequestSuite(world, person(world, by), world.repository(repository), branch),
    pressCheckAction: ({ id, by, identifier }) =>
      emitCheck(world, person(world, by), checkOf(id), 'requested_action', { requested_action: { identifier } }),
  } satisfies Partial<People>
}
