// How long a rating can be changed.

const RATING_MS = 600000; // as long as the gateway takes another one

// A rating stands after a while; until then another takes its place.
export const mayRateAgain = (ratedMs, now) => now - ratedMs < RATING_MS;
