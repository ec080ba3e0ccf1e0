// Ids of commands: sorted by time, and random enough that no two are ever the same.

export const newId = env =>
  env.now().toString(36).padStart(9, '0') +
  Array.from(env.random(16), byte => (byte + 256).toString(16).slice(1)).join('');
