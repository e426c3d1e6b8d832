import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { RecordStore } from '../ports/record-store.ts'
import { REMEMBERED_MS } from './environment.ts'
import { isUserId } from './ids.ts'
import { usedPartition } from './key-row.ts'
import { changeUser, disabledKey, emailKey, listedKey, readUser, userKey } from './user.ts'

/** Removes an account, in steps between which whatever else is the user's can be removed. Each may be repeated. */
export interface UserRemoval {
  /**
   * Lets the user in no more.
   * @returns whether anything of the account is there; never for an owner that is no user
   * @throws PulseError `conflict` for one's own account, so that there is always an admin left
   */
  shutOut(actor: Actor, id: string): Promise<boolean>
  /**
   * Removes sessions and API keys, as far as time allows.
   * @returns whether none are left
   */
  removeCredentials(id: string, hasTime: () => boolean): Promise<boolean>
  /**
   * Removes the user itself, with the address and the place in the list: all or nothing. Only when nobody has been let in as this user
   * for a while before `since`, the time from which on all the rest was found to be gone.
   * @returns whether the user is gone
   */
  removeUser(id: string, since: Instant): Promise<boolean>
}

export interface UserRemovalOptions {
  readonly records: RecordStore
  readonly clock: Pick<Clock, 'now'>
  /** Has this process forget what it remembers of a user. */
  readonly forget: (user: string) => void
}

/** Requests that were let in by what another process remembered have ended after this: they take half a minute, and clocks differ. */
const QUIET_MS = REMEMBERED_MS + 60_000
const PAGE_RECORDS = 50

export function createUserRemoval({ records, clock, forget }: UserRemovalOptions): UserRemoval {
  /** Removes the records of a partition but that of the user, as far as time allows. */
  async function emptied(partition: string, hasTime: () => boolean): Promise<boolean> {
    let isEmpty = true
    for (let after: string | undefined; ; ) {
      const page = await records.list({ partition, limit: PAGE_RECORDS, ...(after !== undefined && { after }) })
      const beside = page.records.filter(({ key }) => key.sort !== userKey(partition).sort)
      const gone = await Promise.all(
        beside.map(({ key, version }) => records.write([{ key, expect: version, value: undefined }])),
      )
      // One that was changed at the same moment is left to the next call.
      isEmpty &&= gone.every(each => each)
      if (page.next === undefined) return isEmpty
      if (!hasTime()) return false
      after = page.next
    }
  }

  return {
    async shutOut(actor, id) {
      if (id === actor.owner) throw new PulseError('conflict', 'what is your own is removed by another admin')
      // Other ids are partitions of other things.
      if (!isUserId(id)) return false
      const known = await readUser(records, id)
      if (!known) return (await records.list({ partition: id, limit: 1 })).records.length > 0
      const now = clock.now()
      if (known.user.disabledAt === undefined)
        await changeUser(records, id, user => ({ ...user, disabledAt: user.disabledAt ?? now }))
      forget(id)
      return true
    },
    async removeCredentials(id, hasTime) {
      if (!isUserId(id)) return true
      // The notes of their use first: the keys lead to them.
      return (await emptied(usedPartition(id), hasTime)) && (await emptied(id, hasTime))
    },
    async removeUser(id, since) {
      if (!isUserId(id)) return true
      const known = await readUser(records, id)
      if (!known) return true
      const { email, disabledAt } = known.user
      // Another admin may have let the user in again meanwhile.
      if (disabledAt === undefined || disabledAt + QUIET_MS > since) return false
      const beside = await records.readMany([emailKey(email), listedKey(id), disabledKey(id)])
      return records.write([
        { key: userKey(id), expect: known.version, value: undefined },
        ...beside.flatMap(each => (each ? [{ key: each.key, expect: each.version, value: undefined }] : [])),
      ])
    },
  }
}
