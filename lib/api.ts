import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { variables } from '../shared/aws/names.ts'
import { createFunction, type Parts } from './functions.ts'
import type { ApiFunctions, Gateway } from './gateway.ts'
import { createHttpApi } from './http-api.ts'
import { permissions } from './permissions.ts'
import { createRestApi } from './rest-api.ts'
import type { Workers } from './workers.ts'

/** The functions that answer requests, and what leads requests to them. */
export class Api extends Construct {
  readonly functions: ApiFunctions
  readonly gateway: Gateway

  constructor(scope: Construct, id: string, parts: Parts, workers: Workers) {
    super(scope, id)
    const { apiAuth, restApi } = parts.settings
    const auth = { [variables.apiAuth]: apiAuth }
    this.functions = {
      tasks: createFunction(new Construct(this, 'Tasks'), parts, {
        name: 'tasks',
        description: 'Takes in tasks, and answers what is asked of them.',
        permissions: permissions.tasks(parts),
        environment: auth,
      }),
      ops: createFunction(new Construct(this, 'Ops'), parts, {
        name: 'ops',
        description: 'Answers what is about the queue rather than about one task.',
        permissions: permissions.ops(parts, workers.mappings),
        environment: { ...auth, [variables.mappings]: workers.mappings.ids },
      }),
    }
    // A task must not be taken in before the workers know its handler.
    for (const each of [this.functions.tasks, this.functions.ops])
      resource(each).addResourceDependency(resource(workers.function))
    this.gateway = (restApi ? createRestApi : createHttpApi)(this, parts, this.functions)
  }
}

function resource(each: LambdaFunction): CfnFunction {
  return each.node.defaultChild as CfnFunction // what a Function is made of
}
