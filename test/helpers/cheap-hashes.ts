import { createHmac } from 'node:crypto'
import { ARGON2_COST, type HashParameters } from '../../shared/identity/password-hash.ts'

/** Hashes that look like argon2id of the usual cost, and take no time: for tests of what uses passwords, not of passwords. */
export const cheapForTests: HashParameters = {
  cost: ARGON2_COST,
  async argon2id(message, salt, { memoryKib, passes, lanes }, tagBytes) {
    const hash = createHmac('sha512', salt).update(`${memoryKib} ${passes} ${lanes} `).update(message)
    return hash.digest().subarray(0, tagBytes)
  },
}
