import { App, CfnElement } from 'aws-cdk-lib'
import { PulseStack } from '../../lib/pulse-stack.ts'
import type { PulseQueueProps } from '../../lib/settings.ts'
import { read } from '../repo/files.ts'

export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: string | readonly string[]
}

/** A stage as CloudFormation would be given it. */
export interface Stage {
  readonly app: App
  readonly stack: PulseStack
  readonly templateFile: string
  readonly template: {
    readonly Resources: Readonly<Record<string, Resource>>
    readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
  }
  /** Resources of a type, by where they stand in the construct, such as `Queues/Lane-1`. */
  of(type: string): ReadonlyMap<string, Resource>
  /** The only resource of a type that stands there. */
  at(type: string, place: string): Resource
  /** A value of the template as text, with resources called by their place: `Queues/Lane-1.Arn`. */
  text(value: unknown): string
}

const made = new Map<string, Stage>()

/** Each variant is made once per file of tests. Nothing is bundled: these tests look at the template only. */
export function stageOf(settings: PulseQueueProps = {}): Stage {
  const key = JSON.stringify(settings)
  const stage = made.get(key) ?? make(newApp(), settings)
  made.set(key, stage)
  return stage
}

/** With the code of the functions, in folders beside the template. */
export function bundledStageOf(settings: PulseQueueProps = {}): Stage {
  return make(new App({ context, builtinCloudFormationValidation: false }), settings)
}

/** The feature flags that the app is deployed with. */
const { context } = JSON.parse(read('cdk.json')) as { context: Record<string, unknown> }

/** @param validated whether AWS's own checks of templates are made, which take seconds */
export function newApp(validated = false): App {
  return new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: validated,
  })
}

function make(app: App, settings: PulseQueueProps): Stage {
  const stack = new PulseStack(app, settings)
  const assembly = app.synth().getStackArtifact(stack.artifactId)
  const template = assembly.template as Stage['template']
  const places = new Map(
    stack.node
      .findAll()
      .filter(CfnElement.isCfnElement)
      .map(element => [stack.resolve(element.logicalId) as string, placeOf(element.node.path)]),
  )
  const text = (value: unknown): string => textOf(value, id => places.get(id) ?? id)
  const of = (type: string) =>
    new Map(
      Object.entries(template.Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, resource]) => [places.get(id) ?? id, resource]),
    )
  return {
    app,
    stack,
    templateFile: assembly.templateFullPath,
    template,
    of,
    at(type, place) {
      const found = of(type).get(place)
      if (found) return found
      throw new Error(`there is no ${type} at ${place}; there are ${[...of(type).keys()].join(', ')}`)
    },
    text,
  }
}

/** Of a construct, without the stack, the queue, and what CDK puts in between. */
function placeOf(path: string): string {
  return path
    .split('/')
    .slice(2)
    .filter(part => part !== 'Resource')
    .join('/')
}

function textOf(value: unknown, placeOf: (id: string) => string): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(item => textOf(item, placeOf)).join(' ')
  const [[name, of] = ['', undefined]] = Object.entries(value as Record<string, unknown>)
  switch (name) {
    case 'Ref':
      return PSEUDO[of as string] ?? placeOf(of as string)
    case 'Fn::GetAtt': {
      const [id = '', attribute = ''] = of as string[]
      return `${placeOf(id)}.${attribute}`
    }
    case 'Fn::Join': {
      const [separator, parts] = of as [string, unknown[]]
      return parts.map(part => textOf(part, placeOf)).join(separator)
    }
    default:
      return JSON.stringify(value)
  }
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'region',
  'AWS::AccountId': 'account',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': 'stack-id',
}
