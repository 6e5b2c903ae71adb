/** The shortest password the hub accepts, in characters. */
export const PASSWORD_LEAST = 10;
