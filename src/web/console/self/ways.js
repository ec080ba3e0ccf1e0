// The ways in, over HTTP: a second factor and API tokens.
import { request } from '../frame/session.js';

// Of whoever is signed in, or at the door.
export const beginFactor = (fields) =>
  request('POST', fields.email ? 'factor/begin' : 'session/factor/begin', fields);
export const setFactor = (door, fields) =>
  request('POST', door ? 'factor' : 'session/factor', fields);
export const removeFactor = (current) => request('POST', 'session/factor/remove', { current });

export const addToken = (key, fields) => request('POST', 'tokens', fields, key);
