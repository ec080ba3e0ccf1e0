// What a chat needs once it has begun: its lines, the composer, the queue.  Loaded when the form is
// sent, or with the page where a chat goes on.

import {adopt} from './kit.js';

adopt(CSS);

export {composer, input, inUse, setDraft} from './composer.js';
export {drawLog, log, newer, toEnd} from './log.js';
export {drawQueue, queue} from './queue.js';
