// Signing in and out over HTTP.  Everything after that goes over the connection.
import { CommandError } from '../base/link.js';

// key: the same for one that is sent again.
export async function request(method, path, body, key) {
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body && { 'content-type': (body instanceof Blob && body.type) || 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      body: body instanceof Blob ? body : body && JSON.stringify(body),
    });
  } catch {
    throw new CommandError({ code: 'unreachable' });
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    // an empty answer, or a proxy's page
  }
  if (!response.ok) {
    throw new CommandError({
      ...answer,
      code: answer?.code || (response.status === 401 ? 'unauthenticated' : 'io'),
      what: answer?.detail,
    });
  }
  return answer?.ok || answer || {};
}

// Nobody is an answer, too, and none that a browser complains of.
export async function whoAmI() {
  const me = await request('GET', 'session');
  if (!me.agent) throw new CommandError({ code: 'unauthenticated' });
  return me;
}
export const signIn = (email, password, code) =>
  request('POST', 'session', { email, password, ...(code && { code }) });
export const signOut = () => request('DELETE', 'session');
export const askPassword = (email) => request('POST', 'password/ask', { email });
export const setPassword = (link, password) => request('POST', 'password', { link, password });
export const changePassword = (current, password) =>
  request('POST', 'session/password', { current, password });
