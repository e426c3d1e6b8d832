import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Says why a rule of cdk-nag does not count here. Findings of one rule are acknowledged each for itself. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason })
}

/** Says why a permission is for more than one resource. */
export function acknowledgeStar(construct: IConstruct, resource: string, reason: string): void {
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${flat(Stack.of(construct).resolve(resource))}]`, reason)
}

/** As cdk-nag writes what is known at deployment only: `arn:<AWS::Partition>:sqs:…`. */
function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { Ref: name, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] }
  return join ? join[1].map(flat).join(join[0]) : `<${name}>`
}
