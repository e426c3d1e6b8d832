import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { plants } from './plants.ts'

const COMMAND = fileURLToPath(new URL('./command.ts', import.meta.url))

function sim(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

test('it ends well when every history holds, and says how fast it was', () => {
  const { status, out } = sim('--seeds', '5', '--from', '31')
  expect(out).toMatch(/^5 histories, .* a second on \d+ cores\nevery promise holds/)
  expect(status).toBe(0)
})

test('it names the seed, the promise and the way to see it again, and again with less', () => {
  const { status, out } = sim('--seeds', '30', '--plant', 'complete-unfenced')
  expect(status).toBe(1)
  const [replay, smaller] = out.match(/npm run sim -- .*/g) ?? []
  expect(out).toMatch(/seed \d+ breaks P3: task_/)
  for (const line of [replay, smaller]) {
    const again = sim(...((line ?? '').split(' -- ')[1]?.split(' ') ?? []))
    expect(again.out).toMatch(/breaks P3: task_/)
    expect(again.status).toBe(1)
  }
})

test('it lists the rules that can be taken out', () => {
  const { status, out } = sim('--plants')
  expect(out.trim().split('\n')).toEqual(plants.map(({ name }) => name))
  expect(status).toBe(0)
})

test('it refuses what it does not understand', () => {
  for (const args of [
    ['--seeds', 'many'],
    ['--plant', 'nothing'],
    ['--without', 'rain'],
    ['--seed', '1'],
  ]) {
    const { status, err } = sim(...args)
    expect(status, args.join(' ')).toBe(2)
    expect(err).toContain('npm run sim -- ')
  }
})
