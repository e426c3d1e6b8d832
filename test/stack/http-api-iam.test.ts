import { describe, expect, test } from 'vitest'
import { describeDrive } from './describe-drive.ts'
import { WITHOUT_SCHEDULES } from './drive/declared.ts'
import { denied } from './drive/denied.ts'
import type { Drive } from './drive/drive.ts'
import { outages } from './drive/outages.ts'
import { grantWhatEmulatorAsks } from './emulated-iam.ts'
import { createUser } from './people.ts'

const everything = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }
const nothingToCall = { Effect: 'Allow', Action: 'sqs:ListQueues', Resource: '*' }

// Each function acts as its role, and requests are signed: what is missing fails here as it would on AWS.
describeDrive('HTTP API, signed requests, IAM enforced', {
  emulator: { auth: true, ssl: true },
  // The permissions that the emulator asks for are granted after the deployment, which would make the timers of schedules.
  settings: { apiAuth: 'iam', tasks: WITHOUT_SCHEDULES },
  reconciles: 'on demand',
  prepare: grantWhatEmulatorAsks,
  caller: stage => createUser(stage, 'submitter', [everything]),
  more: drive => {
    describe('roles', () => denied(drive))
    describe('callers', () => callers(drive))
    describe('outages', () => outages(drive))
  },
})

function callers(drive: Drive): void {
  test('who does not sign, signs wrongly, or may not call, is refused; who may, is named in the history', async () => {
    const { api, stage } = drive()
    const stranger = await createUser(stage, 'stranger', [nothingToCall])
    const forger = { ...stranger, secretAccessKey: 'x'.repeat(40) }
    for (const caller of [undefined, stranger, forger]) {
      const answer = await api.as(caller).post('/api/v1/tasks', { name: 'echo' })
      expect(answer.status, answer.text).toBe(403)
    }
    const id = await api.submit({ name: 'echo', delay: '10m' })
    await api.post(`/api/v1/tasks/${id}/cancel`, undefined)
    const { history } = await api.task(id)
    expect(history.at(-1)).toMatchObject({ state: 'CANCELED', by: expect.stringMatching(/:user\/submitter$/) })
  })
}
