/** The module of the user's tasks. The bundler puts the one in its place that the setting `tasks` names. */
declare module 'pulse-tasks' {
  const tasks: unknown
  export default tasks
}
