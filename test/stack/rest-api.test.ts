import { describeDrive } from './describe-drive.ts'

// The settings that make an emulator whole: no HTTP API, and a Scheduler that may never fire.
describeDrive('REST API, reconcile every minute', {
  settings: { apiAuth: 'none', restApi: true, reconcileEvery: '1 minute' },
  reconciles: 'by rule',
})
