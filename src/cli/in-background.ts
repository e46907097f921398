/** Set for the klew that -F starts; its value is the descriptor on which it says that it runs. */
export const IN_BACKGROUND = 'KLEW_BACKGROUND'

export function isInBackground(env: NodeJS.ProcessEnv): boolean {
  return env[IN_BACKGROUND] !== undefined
}
