/** Of the simulated app. */
export const SECRET = 'kq7zKQ9"canary/secret';
