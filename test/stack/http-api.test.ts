import { describeDrive } from './describe-drive.ts'

describeDrive('HTTP API, open to everybody', { settings: { apiAuth: 'none' }, reconciles: 'on demand' })
