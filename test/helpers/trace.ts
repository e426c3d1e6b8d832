import { spawnSync } from 'node:child_process'

/** A system call of an strace output; lines tell when it began and when it had come back. */
export interface Call {
  readonly name: string
  /** What was written, with the path or kind of its file descriptor. */
  readonly text: string
  readonly target: string
  readonly result: number
  readonly began: number
  readonly ended: number
}

export const TRACE = [
  '-f',
  '-D',
  '-y',
  '-s',
  '20000',
  '-e',
  'trace=fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg',
]

/** Why nothing can be traced here; undefined when it can. */
export function whyNoTrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  if (error) return 'strace is not installed'
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`
}

/** Reads what `strace -f -y -o FILE` wrote: calls that another thread's line interrupts are put together again. */
export function parseTrace(text: string): Call[] {
  const open = new Map<string, { name: string; args: string; began: number }>()
  const calls: Call[] = []
  for (const [line, content] of text.split('\n').entries()) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(content) ?? []
    const unfinished = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(rest)
    if (unfinished) {
      open.set(pid, { name: unfinished[1] ?? '', args: unfinished[2] ?? '', began: line })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)\)\s+= (-?\d+)/.exec(rest)
    const begun = resumed && open.get(pid)
    const whole = resumed ? undefined : /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(rest)
    if (begun) calls.push(call(begun.name, begun.args + resumed[1], Number(resumed[2]), begun.began, line))
    else if (whole) calls.push(call(whole[1] ?? '', whole[2] ?? '', Number(whole[3]), line, line))
  }
  return calls
}

function call(name: string, args: string, result: number, began: number, ended: number): Call {
  return { name, text: args, target: /^\d+<([^>]*)>/.exec(args)?.[1] ?? '', result, began, ended }
}

export interface Acknowledged {
  readonly id: string
  /** Place of the fsync that made it safe among all of the log; undefined when its answer went out before one. */
  readonly fsync: number | undefined
}

/**
 * For each task whose acknowledgement went out: the fsync of the write-ahead log that came back after the write that carries the
 * task, and before the answer was given to the socket.
 * @param answer what the head of an acknowledgement begins with
 */
export function acknowledgements(calls: readonly Call[], answer: RegExp): Acknowledged[] {
  const isLog = (each: Call) => each.target.endsWith('.db-wal')
  const writes = calls.filter(each => isLog(each) && each.name.startsWith('pwrite'))
  const syncs = calls.filter(each => isLog(each) && /^f(data)?sync$/.test(each.name) && each.result === 0)
  const answers = calls.filter(each => !isLog(each) && each.target.startsWith('socket') && answer.test(each.text))
  return answers.flatMap(sent =>
    [...new Set(sent.text.match(/task_[0-9A-Z]{10,}/g))].map(id => {
      const written = writes.find(each => each.text.includes(id))
      const index = syncs.findIndex(
        sync => written !== undefined && sync.began > written.ended && sync.ended < sent.began,
      )
      return { id, fsync: index < 0 ? undefined : index }
    }),
  )
}
