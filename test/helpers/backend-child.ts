import { submit } from '../../shared/core/transitions.ts'
import { openSqliteBackend } from '../../shared/sqlite/backend.ts'

// A process of its own that opens a data folder, submits tasks one after another, brings the mark up to date, and waits to be killed.
const [folder = '', count = '0'] = process.argv.slice(2)
const backend = openSqliteBackend({
  folder,
  names: ['send-email'],
  failed(error) {
    throw error
  },
})
for (let number = 0; number < Number(count); number++) {
  const task = {
    id: `task_${number}`,
    name: 'send-email',
    owner: 'user_3',
    priority: 3,
    maxAttempts: 5,
    runAt: 1_000 + number,
    title: `${number}`,
  } as const
  await backend.tasks.commit(submit(task, 1_000 + number))
}
backend.mark()
process.stdout.write('ready\n')
setInterval(() => {}, 60_000)
