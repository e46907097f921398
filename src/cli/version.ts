/** Replaced by the build with the version of package.json. */
declare const KLEW_VERSION: string | undefined

export const VERSION: string = typeof KLEW_VERSION === 'string' ? KLEW_VERSION : 'development'
