import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Inventory, inventory } from '../inventory.ts'
import { expectNoneDeclared, WITHOUT_SCHEDULES } from './declared.ts'
import { allItems, type Drive, depth } from './drive.ts'

/** @param before what the account held before the stage was deployed */
export function lifecycle(drive: Drive, before: () => Inventory): void {
  test('a stack update keeps tasks and messages, and removes schedules that are declared no more; deployed again it changes nothing', async () => {
    const { api, stage } = drive()
    const { url } = await stage.queue('2')
    await api.post('/api/v1/dispatch/pause', { priority: 2, reason: 'an update' })
    const held = await Promise.all([1, 2, 3].map(payload => api.submit({ name: 'echo', payload, priority: 2 })))
    const ahead = await api.submit({ name: 'echo', payload: 'later', delay: '25m' })
    await eventually(
      () => depth(stage, url),
      ({ visible }) => visible === held.length,
    )
    const items = (await allItems(stage)).length

    await stage.deploy({ logLevel: 'info', memory: '{"worker": 768}', tasks: WITHOUT_SCHEDULES })
    const worker = new GetFunctionConfigurationCommand({ FunctionName: stage.functionName('worker') })
    expect(await stage.clients.lambda.send(worker)).toMatchObject({ MemorySize: 768 })
    expect((await allItems(stage)).length).toBe(items)
    expect(await depth(stage, url)).toMatchObject({ visible: held.length })
    await expectNoneDeclared(drive)
    const { code, output } = await stage.diff()
    expect(code, output).toBe(0)

    expect(await api.task(ahead)).toMatchObject({ state: 'SCHEDULED', payload: 'later' })
    await api.post('/api/v1/dispatch/resume', { priority: 2 })
    for (const id of held) expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })

  test('a destroyed stage leaves nothing', async () => {
    const { stage } = drive()
    const deployed = await inventory(stage)
    const found = Object.keys(deployed).filter(kind => deployed[kind]?.length !== before()[kind]?.length)
    expect(found.length).toBeGreaterThan(10)
    await stage.destroy()
    expect(await inventory(stage)).toEqual(before())
  })
}
