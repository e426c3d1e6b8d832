import { defineSchedule } from '../../../shared/core/schedule-definition.ts'
import { echo } from './index.ts'

/** The same tasks, and a schedule beside them, whose time does not come while tests run. */
export { default } from './index.ts'

export const yearly = defineSchedule(echo, 'happy new year', {
  name: 'yearly',
  cron: '0 0 1 1 *',
  timeZone: 'Asia/Tokyo',
})
