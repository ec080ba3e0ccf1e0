// The lines of a chat by their numbers: each once, in order, whatever order they come in.

// True if it is new.
export function addLine(lines, line) {
  let at = lines.length;
  while (at && lines[at - 1].n > line.n) at--;
  if (at && lines[at - 1].n == line.n) return false;
  lines.splice(at, 0, line);
  return true;
}

// The last number before the first gap: what a resume starts from.
export function lastWhole(lines) {
  let n = 0;
  while (n < lines.length && lines[n].n == n + 1) n++;
  return n;
}
