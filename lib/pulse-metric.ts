import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { metrics as names } from '../shared/aws/names.ts'
import type { Settings } from './settings.ts'

/** A metric that the functions print. */
export function pulseMetric({ stage }: Settings, metricName: string): Metric {
  return new Metric({
    namespace: names.namespace,
    metricName,
    dimensionsMap: { [names.dimension]: stage },
    statistic: Stats.SUM,
    period: Duration.minutes(5),
  })
}
