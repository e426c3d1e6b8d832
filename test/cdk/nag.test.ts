import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import { PulseStack } from '../../lib/pulse-stack.ts'
import type { PulseQueueProps } from '../../lib/settings.ts'
import { newApp } from './stage.ts'

const variants: [string, PulseQueueProps][] = [
  ['of a stage for developing', {}],
  ['of a stage that keeps its data', { stage: 'prod' }],
  ['that takes signed requests', { apiAuth: 'iam' }],
  ['that is open', { apiAuth: 'none' }],
  ['with a REST API', { restApi: true }],
  ['with a REST API for signed requests', { restApi: true, apiAuth: 'iam' }],
  ['with an open REST API of a stage that keeps its data', { stage: 'prod', restApi: true, apiAuth: 'none' }],
]

describe('the rules of cdk-nag for solutions on AWS', () => {
  test.each(variants)('SEC-40 hold for a stack %s', (_, settings) => {
    const { stack, checks } = makeWith(settings)
    const { success, violations } = checks.validateScope(stack)
    expect(violations).toEqual([])
    expect(success).toBe(true)
  })

  test('SEC-40 stop the making of a stack that breaks one, and of no other', () => {
    expect(() => makeWith({ tlsOnly: false }).app.synth()).toThrow('AwsSolutions-SQS4')
    expect(() => makeWith({}).app.synth()).not.toThrow()
  })

  test.each(variants)(
    'exceptions have a reason each, and without it the rule is broken, in a stack %s',
    (_, settings) => {
      const { app, stack } = makeWith(settings)
      const broken = findingsOf(Object.assign(new AwsSolutionsChecks(app), { isAcknowledged: () => false }), stack)
      const exceptions = stack.node.findAll().flatMap(({ node }) =>
        node.metadata
          .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .flatMap(({ data }) => Object.entries(data as Record<string, string>))
          .map(([id, reason]) => ({ rule: id.replace('Annotation::', ''), reason, path: node.path })),
      )
      expect(exceptions.length).toBeGreaterThan(5)
      for (const { rule, reason, path } of exceptions) {
        expect(reason.length).toBeGreaterThan(30)
        expect(broken.filter(each => each.rule === rule && `${each.path}/`.startsWith(`${path}/`))).not.toEqual([])
      }
    },
  )
})

function findingsOf(checks: AwsSolutionsChecks, stack: PulseStack) {
  return checks
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(resource => ({ rule: ruleName, path: String(Object(resource).constructPath) })),
    )
}

function makeWith(settings: PulseQueueProps) {
  const app = newApp()
  const checks = new AwsSolutionsChecks(app)
  Validations.of(app).addPlugins(checks)
  return { app, checks, stack: new PulseStack(app, settings) }
}
