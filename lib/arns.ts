import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { type FunctionName, stagePrefix } from '../shared/aws/names.ts'
import type { Settings } from './settings.ts'

export function nameOf({ stage }: Settings, name: FunctionName): string {
  return `${stagePrefix(stage)}-${name}`
}

/** Composed from the name, so that functions which need each other's can be made in any order. */
export function functionArn(scope: Construct, settings: Settings, name: FunctionName): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: nameOf(settings, name),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
