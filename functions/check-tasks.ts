import { checkTasks } from '../shared/runtime/check-tasks.ts'

/** Run while the stack is made: tasks that no function could load are told before anything is deployed. */
await checkTasks(process.argv[2] ?? '')
