// What people type and paste, made into what the gateway takes: its own rule is in base, span.c.

// Ends of lines as other programs write them.
const ENDS = /\r\n?|[\v\f\x85\u2028\u2029]/g;
// Other controls, what turns the direction of a line around, and halves of characters.
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;

// Text of several lines.
export const clean = text => text.replace(ENDS, '\n').replace(CONTROLS, '');

// One line: a name, an address, a reason.
export const cleanLine = text => clean(text).replace(/[\t\n]/g, ' ');
