/** A kind of fault: what it does, and the most that is drawn for it. */
export interface FaultKind {
  readonly does: string
  /** Probability each time that it could happen; of those that are counted by the history, how often at most. */
  readonly most: number
  /** Happens so often in a history, instead of by chance at each opportunity. */
  readonly perHistory?: true
}

const kinds = {
  // Of calls.
  crashBeforeSend: { does: 'the process dies when it is about to send a request', most: 0.012 },
  crashAfterApply: { does: 'the process dies after its request was applied', most: 0.012 },
  crashInReply: { does: 'the process dies when it hears the answer', most: 0.012 },
  crashInReconcile: { does: 'reconcile dies at a call, such as in the midst of a page', most: 0.05 },
  requestLost: { does: 'a request never arrives, and nobody says so', most: 0.02 },
  requestCut: { does: 'the connection is refused', most: 0.02 },
  replyLost: { does: 'a request is applied, and its answer never comes', most: 0.03 },
  replyCut: { does: 'a request is applied, and the connection breaks before the answer', most: 0.03 },
  throttled: { does: 'the service refuses a call because there are too many', most: 0.08 },
  serverError: { does: 'the service answers 500 and has done nothing', most: 0.06 },
  errorAfterApply: { does: 'the service answers 500 although it has applied the request', most: 0.04 },
  requestDoubled: { does: 'a request arrives a second time, up to 6 s later', most: 0.05 },
  requestSlow: { does: 'a request takes up to 6 s', most: 0.05 },
  replySlow: { does: 'an answer takes up to 6 s', most: 0.05 },
  frozen: { does: 'a process stops for up to 50 s in the midst of its work', most: 0.01 },
  partlyRefused: { does: 'an entry of a batch fails while the call succeeds', most: 0.1 },
  staleRead: { does: 'a read that need not be consistent sees what was there before', most: 0.6 },
  indexLag: { does: 'an index shows a row as it was before', most: 0.3 },
  // Of messages.
  messageDoubled: { does: 'a message is given to a second receiver while the first has it', most: 0.15 },
  messageLost: { does: 'a message is taken and gone', most: 0.1 },
  messageLate: { does: 'a message can be seen up to 20 s late', most: 0.2 },
  messageEarly: { does: 'a message can be seen up to 30 s before its delay has passed', most: 0.2 },
  messageReordered: { does: 'a later message is received before an earlier one', most: 0.5 },
  messageBack: { does: 'a message comes back although it was deleted', most: 0.1 },
  receiptStale: { does: 'the receipt of an earlier delivery does nothing', most: 0.7 },
  receivedForNothing: { does: 'messages are received, and no function is called', most: 0.02 },
  countRaised: { does: 'the receive count of a message was raised without a call', most: 0.1 },
  redriven: {
    does: 'somebody sends all dead letters, and an old message, to the lanes again',
    most: 3,
    perHistory: true,
  },
  purged: { does: 'somebody empties all queues', most: 1, perHistory: true },
  // Of timers, the stream and the table's own clean-up.
  timerDoubled: { does: 'a schedule fires twice', most: 0.3 },
  timerLost: { does: 'a schedule never fires', most: 0.3 },
  timerLate: { does: 'a schedule fires up to a minute late', most: 0.5 },
  streamReplayed: { does: 'the stream gives records once more that were worked on, cut otherwise', most: 0.2 },
  streamReordered: { does: 'a row changes shards, and its later changes may overtake the earlier ones', most: 0.1 },
  streamLate: { does: 'a shard stands still for up to 20 s', most: 0.1 },
  expiryLate: { does: 'a row whose time has come is removed up to an hour late', most: 0.5 },
  // Of clocks and versions.
  clockSkewed: { does: 'the clock of a process is off by up to a second', most: 1 },
  clockJumped: { does: 'the clock of a process jumps by up to an hour, back or ahead', most: 0.02 },
  olderVersion: { does: 'a process runs a version that does not know the rows of the next one', most: 0.5 },
  // Of people.
  clientUnheard: { does: 'a client does not hear the answer, and repeats itself', most: 0.1 },
  cancelStorm: { does: 'many cancel the same task at about the same time', most: 3, perHistory: true },
  requeueStorm: { does: 'many requeue the same task at about the same time', most: 3, perHistory: true },
  pauseStorm: { does: 'the same is paused and resumed several times within seconds', most: 2, perHistory: true },
} as const satisfies Readonly<Record<string, FaultKind>>

export type Fault = keyof typeof kinds

export const faultKinds: Readonly<Record<Fault, FaultKind>> = kinds
export const faultNames = Object.keys(kinds) as Fault[]

/** Faults that only a reconcile heals. */
export const needReconcile: readonly Fault[] = ['messageLost', 'timerLost', 'purged', 'clockJumped']
