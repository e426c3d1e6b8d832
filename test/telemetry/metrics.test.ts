import { expect, test } from 'vitest'
import { createMetrics } from '../../shared/telemetry/metrics.ts'

test('a count is one line in the embedded format of CloudWatch, under the dimension that alarms look at', () => {
  const lines: string[] = []
  const before = Date.now()
  createMetrics('Pulse', { name: 'Stage', value: 'prod' }, line => void lines.push(line)).count('Repaired', 3)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/)
  const metric = JSON.parse(lines[0] ?? '')
  expect(metric).toMatchObject({
    _aws: {
      CloudWatchMetrics: [
        { Namespace: 'Pulse', Dimensions: [['Stage']], Metrics: [{ Name: 'Repaired', Unit: 'Count' }] },
      ],
    },
    Stage: 'prod',
    Repaired: 3,
  })
  expect(metric._aws.Timestamp).toBeGreaterThanOrEqual(before)
})
