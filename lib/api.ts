import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { variables } from '../shared/aws/names.ts'
import { type Accounts, accountVariables } from './accounts.ts'
import { createFunction } from './functions.ts'
import type { ApiFunctions, Gateway } from './gateway.ts'
import { createHttpApi } from './http-api.ts'
import type { Parts } from './parts.ts'
import { permissions } from './permissions.ts'
import { createRestApi } from './rest-api.ts'
import type { Workers } from './workers.ts'

/** The functions that answer requests, and what leads requests to them. */
export class Api extends Construct {
  readonly functions: ApiFunctions
  readonly gateway: Gateway

  /** @param accounts absent where there are none */
  constructor(scope: Construct, id: string, parts: Parts, workers: Workers, accounts: Accounts | undefined) {
    super(scope, id)
    const { settings } = parts
    const callers = accountVariables(settings)
    this.functions = {
      tasks: createFunction(new Construct(this, 'Tasks'), parts, {
        name: 'tasks',
        description: 'Takes in tasks, and answers what is asked of them.',
        permissions: permissions.tasks(parts),
        environment: callers,
      }),
      schedules: createFunction(new Construct(this, 'Schedules'), parts, {
        name: 'schedules',
        description: 'Keeps schedules, which make tasks at their times.',
        permissions: permissions.schedules(parts),
        environment: { ...callers, ...parts.schedules.environment },
      }),
      ops: createFunction(new Construct(this, 'Ops'), parts, {
        name: 'ops',
        description: 'Answers what is about the queue rather than about one task.',
        permissions: permissions.ops(parts, workers.mappings),
        environment: { ...callers, [variables.mappings]: workers.mappings.ids, ...parts.schedules.environment },
      }),
      ...(accounts && { auth: accounts.function }),
    }
    // A task must not be taken in before the workers know its handler.
    for (const each of [this.functions.tasks, this.functions.schedules, this.functions.ops])
      resource(each).addResourceDependency(resource(workers.function))
    this.gateway = (settings.restApi ? createRestApi : createHttpApi)(this, parts, this.functions)
  }
}

function resource(each: LambdaFunction): CfnFunction {
  return each.node.defaultChild as CfnFunction // what a Function is made of
}
