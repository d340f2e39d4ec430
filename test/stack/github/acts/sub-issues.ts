/**
 * Trees of issues: adding, taking away and moving sub-issues, with GitHub's limits. The events that GitHub has for them
 * (`sub_issues`) are not sent: the App does not subscribe to them.
 */
import { notFound, unprocessable } from '../errors.ts'
import type { IssueRecord } from '../records.ts'
import type { World } from '../world.ts'

const SUB_ISSUES_MAX = 100
/** Levels below the root. */
const DEPTH_MAX = 8

export const parentOf = (world: World, issue: IssueRecord): IssueRecord | null =>
  issue.parentId === null ? null : (world.issues.get(issue.parentId) ?? null)

export const subIssuesOf = (world: World, issue: IssueRecord): IssueRecord[] =>
  issue.subIssueIds.flatMap((id) => world.issues.get(id) ?? [])

function ancestorsOf(world: World, issue: IssueRecord): IssueRecord[] {
  const parent = parentOf(world, issue)
  return parent ? [parent, ...ancestorsOf(world, parent)] : []
}

function levelsBelow(world: World, issue: IssueRecord): number {
  return Math.max(0, ...subIssuesOf(world, issue).map((child) => 1 + levelsBelow(world, child)))
}

export function addSubIssue(world: World, parent: IssueRecord, child: IssueRecord, replaceParent: boolean): void {
  const owner = (issue: IssueRecord) => world.repositoryById(issue.repositoryId).ownerId
  if (child.isPull || parent.isPull || owner(child) !== owner(parent)) throw notFound()
  if (child.parentId !== null && !replaceParent) throw unprocessable('Sub issue may only have one parent')
  const above = [parent, ...ancestorsOf(world, parent)]
  if (above.includes(child)) throw unprocessable('Sub issue may not create a circular dependency')
  if (above.length + levelsBelow(world, child) > DEPTH_MAX) throw unprocessable('Sub issues are nested too deeply')
  if (parent.subIssueIds.length >= SUB_ISSUES_MAX) throw unprocessable('Parent cannot have more than 100 sub-issues')
  detach(world, child)
  parent.subIssueIds.push(child.id)
  child.parentId = parent.id
}

export function removeSubIssue(world: World, parent: IssueRecord, child: IssueRecord): void {
  if (child.parentId !== parent.id) throw notFound()
  detach(world, child)
}

/** Takes an issue out of the tree above it; what is below it stays below it. */
export function detach(world: World, issue: IssueRecord): void {
  const parent = parentOf(world, issue)
  if (parent) parent.subIssueIds = parent.subIssueIds.filter((id) => id !== issue.id)
  issue.parentId = null
}

/** `next` is the sibling that it comes to stand before or after. */
export function moveSubIssue(parent: IssueRecord, child: IssueRecord, next: { id: number; after: boolean }): void {
  const others = parent.subIssueIds.filter((id) => id !== child.id)
  const at = others.indexOf(next.id)
  if (child.parentId !== parent.id) throw unprocessable('The sub-issue is not one of this issue')
  if (at === -1) throw unprocessable('The issue to stand next to is not another sub-issue of this issue')
  parent.subIssueIds = others.toSpliced(next.after ? at + 1 : at, 0, child.id)
}
