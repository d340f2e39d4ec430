/** The action's own version, told in `executor.started`. A test keeps it equal to package.json, so nothing is read at start. */
export const ACTION_VERSION = '0.1.0'
